"""Looks at the bot's open pull requests for what no event of their issues shows: failing checks, and conflicts.

A few for each repository and pass, in turn, so that a pass stays short however many wait for a review. What has not
changed costs nothing of GitHub's hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.git import Author
from bot.adapters.store import Store
from bot.core.effects import Effect
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.repairs import follow_stack, is_in_review, repair_checks, resolve_conflict
from bot.core.revision import Repairs
from bot.core.stacking import is_merged
from bot.core.tasks import State, Task
from bot.steps.ci_reading import read_failing
from bot.steps.dependents import find_apart_from, release_apart
from bot.steps.effects import perform
from bot.steps.issue_reader import IssueReader
from bot.steps.native_following import GITHUBS_TIME
from bot.steps.open_pulls import queue_restack
from bot.steps.own_branch import author_of, is_by_bot

_MOST = 10
_AFTER_A_MERGE = GITHUBS_TIME + timedelta(minutes=5)  # for so long each pass looks after what GitHub moves


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestWatch:
    """Not thread-safe."""

    store: Store
    reader: IssueReader
    clock: Callable[[], datetime]
    _last: dict[str, int] = field(default_factory=dict)  # the issue at which the look before ended, by repository
    _looked_at: dict[IssueRef, str] = field(default_factory=dict)  # heads in native stacks that need no further look

    def look(self, repository: str, between: Callable[[], None]) -> None:
        """Raises GitHubFailed. `between`: called before each pull request; it may raise to end the look."""
        for issue in self._next(repository):
            between()
            task = self.reader.task(issue)
            effects = self._decide(task) if task is not None else []
            if effects:
                with self.store.transaction() as ledger:
                    perform(effects, ledger, self.clock())
            self._last[repository] = issue.number

    def _next(self, repository: str) -> list[IssueRef]:
        with self.store.read() as ledger:
            listed = ledger.tasks.list_all(repository)
        waiting = sorted(each.issue for each in listed if each.state is State.IN_REVIEW and each.pull_request)
        last = self._last.get(repository, 0)
        return _from(waiting, last)[:_MOST]

    def _decide(self, task: Task) -> list[Effect]:
        github, repository = self.reader.github, task.issue.repository
        assert task.pull_request is not None  # noqa: S101 - chosen so
        found = github.pull_request_now(IssueRef(repository, task.pull_request))
        github.keep(found)
        pull = found.value
        if not is_in_review(task, pull):
            return []
        with self.store.read() as ledger:
            known, apart = ledger.repairs.of(task.id), find_apart_from(ledger, task.issue, pull.head)
        if apart:
            with self.store.transaction() as ledger:
                release_apart(ledger, apart, self.clock())
        if pull.is_stacked and (moved := self._follow_stack(task, pull, known)) is not None:
            return moved
        # GitHub Actions runs no checks of a change that cannot be merged: github.com/orgs/community/discussions/26304
        if pull.mergeable is False:
            return resolve_conflict(task, pull, known)
        if known.checked == pull.head or pull.head != task.pushed:
            return []
        failing = read_failing(github, repository, pull, me=self.reader.me, now=self.clock())
        return repair_checks(task, pull, failing, known)

    def _follow_stack(self, task: Task, pull: PullRequestFacts, known: Repairs) -> list[Effect] | None:
        """What follows from what GitHub moves in a native stack; None where it moved nothing."""
        if pull.head != task.pushed:
            is_new = not known.is_restacked(pull.head) and self._is_by_bot(task, pull)
            return follow_stack(task, pull) if is_new else None
        return self._look_after_merge(task, pull)

    def _look_after_merge(self, task: Task, pull: PullRequestFacts) -> list[Effect] | None:
        """None where nothing was merged below it, or GitHub moves it no more. A worker that starts later looks once."""
        with self.store.transaction() as ledger:
            below = ledger.stacks.of(task.id)
            lower = ledger.tasks.find(below.issue) if below is not None else None
            if lower is None or not is_merged(lower) or self._looked_at.get(task.issue) == pull.head:
                return None
            queue_restack(ledger, task.issue, self.clock())
        if self.clock() - lower.updated_at > _AFTER_A_MERGE:
            self._looked_at[task.issue] = pull.head
        return []

    def _is_by_bot(self, task: Task, pull: PullRequestFacts) -> bool:
        """Whether GitHub shows the bot as the author of all commits: no attempt is made for a person's. Asked once for
        each head."""
        if self._looked_at.get(task.issue) == pull.head:
            return False
        github = self.reader.github
        own = author_of(self.reader.me, github.web_url)
        shown = [
            Author(name=name, email=email) for (name, email), _ in github.authors(task.issue.repository, pull.number)
        ]
        is_own = all(is_by_bot(each, own) for each in shown)
        if not is_own:
            self._looked_at[task.issue] = pull.head
        return is_own


def _from(waiting: Sequence[IssueRef], last: int) -> list[IssueRef]:
    """Those behind the last one first, then from the beginning."""
    return [*(each for each in waiting if each.number > last), *(each for each in waiting if each.number <= last)]
