"""Compares, every few minutes, all labelled issues and open pull requests of a repository with the ledger.

This finds what no list of changes shows: deleted issues, and changes that happened just before the ledger was written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Listed, Store
from bot.core.due import is_due
from bot.core.effects import Effect
from bot.core.facts import IssueFacts
from bot.core.labels import LabelSet
from bot.core.task_rules import withdraw
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.approve_issue import Approver
from bot.steps.blocker_check import BlockerCheck
from bot.steps.catching_up import CatchingUp
from bot.steps.stop import CheckStop

CatchUp = Callable[[Iterable[IssueFacts]], list[IssueFacts]]

_EVERY = timedelta(minutes=10)
_SHOWN = frozenset({State.IN_REVIEW, State.CLOSED, State.CANCELLED})
_CANCELLABLE = ACTIVE | {State.FAILED}


@dataclass(slots=True, kw_only=True)
class Census:
    """Not thread-safe. `_due`: by repository; one that was cut off is taken again in the next pass."""

    store: Store
    github: GitHub
    approver: Approver
    labels: LabelSet
    clock: Callable[[], datetime]
    catching_up: CatchingUp
    blockers: BlockerCheck
    _due: dict[str, datetime] = field(default_factory=dict)

    def take_if_due(self, repository: str, started: datetime, catch_up: CatchUp, between: CheckStop) -> None:
        """`started`: the pass; `catch_up`: works on listed issues, and returns those that wait for the next pass.
        `between` is called before requests, and may raise to end the census. Raises GitHubFailed."""
        if is_due(self._due.get(repository), _EVERY, started):
            self._take(repository, catch_up, between)

    def _take(self, repository: str, catch_up: CatchUp, between: CheckStop) -> None:
        labelled, listed, whole = self._read_labelled(repository, catch_up)
        with self.store.read() as ledger:
            tasks = ledger.tasks.list_all(repository)
        for each in tasks:
            between()
            if each.state in _CANCELLABLE and each.issue.number not in labelled:
                task = self.approver.reader.task(each.issue)
                if task is not None and task.state in _CANCELLABLE:
                    self.catching_up.perform(self._missing(task))
        self._count_pull_requests(tasks, repository, between)
        self.blockers.ask_after_all(repository, labelled, listed, between)
        if whole:
            self._due[repository] = self.clock() + _EVERY

    def _read_labelled(self, repository: str, catch_up: CatchUp) -> tuple[Collection[int], list[IssueFacts], bool]:
        """The numbers of all labelled issues, those on pages that changed, and whether all of them were read."""
        pages = self.github.labelled_census(repository, self.labels.trigger)
        fresh = [facts for page in pages for facts in page.value.items]
        put_off = {facts.number for facts in catch_up(fresh)}
        for page in pages:
            if put_off.isdisjoint(page.value.numbers):
                self.github.keep(page)
        return frozenset(number for page in pages for number in page.value.numbers), fresh, not put_off

    def _missing(self, task: Task) -> list[Effect]:
        """Read the issue of a queued or running task that is not among the open labelled ones."""
        try:
            facts = self.github.issue(task.issue)
        except GitHubFailed as error:
            if not error.gone:
                raise
            return withdraw(task, "the issue is gone")
        if self.labels.is_wanted(facts):
            return []
        return self.catching_up.not_wanted(task.issue, facts, task)

    def _count_pull_requests(self, tasks: Iterable[Listed], repository: str, between: CheckStop) -> None:
        shown = [task for task in tasks if task.pull_request and task.state in _SHOWN]
        if not shown:
            return
        pages = self.github.pull_request_census(repository)
        still_open = frozenset(number for page in pages for number in page.value.numbers)
        for each in shown:
            between()
            if (each.pull_request in still_open) != (each.state is State.IN_REVIEW):
                pull = self.github.pull_request(repository, each.pull_request or 0)
                task = self.approver.reader.task(each.issue)
                if task is not None:
                    self.catching_up.with_shown(task, pull)
        for page in pages:
            self.github.keep(page)
        self.catching_up.with_pairs(repository)
