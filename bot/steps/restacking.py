"""Keeps a pull request on what it was built on, once that was merged or has changed.

Its base is moved first, since GitHub closes a pull request whose base branch is deleted; then its commits follow, by an
attempt that git alone carries out unless they conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.adapters.github import GitHub
from bot.adapters.store import Ledger, Store
from bot.core import messages
from bot.core.attempts import Purpose
from bot.core.effects import QueueRepair, ShowStatus
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.repairs import is_repairable
from bot.core.stacking import StackedOn, can_carry
from bot.core.tasks import State, Task
from bot.steps.effects import perform
from bot.steps.open_pulls import queue_removal

MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stacked:
    """A task with a pull request, what its work stands on, and the task of that; None: that one is not known."""

    task: Task
    below: StackedOn
    base: Task | None

    @property
    def is_merged(self) -> bool:
        return self.base is not None and self.base.state is State.DONE

    @property
    def base_pull(self) -> int:
        assert self.base is not None  # noqa: S101 - it is asked for only where there is a base
        return self.base.pull_request or 0

    @property
    def onto(self) -> str | None:
        """What it has to be put on, as the key of a repair; None where it is in its place."""
        if self.base is None or self.base.pull_request is None:
            return None
        if self.is_merged:
            return MERGED
        moved = can_carry(self.base) and self.base.pushed not in {None, self.below.commit}
        return self.base.pushed if moved else None


def restack(store: Store, github: GitHub, issue: IssueRef, now: datetime) -> None:
    """Safe to repeat. Raises GitHubFailed."""
    with store.read() as ledger:
        stacked = _find(ledger, issue)
    if stacked is None or (onto := stacked.onto) is None:
        return
    task, repository = stacked.task, issue.repository
    assert task.pull_request is not None  # noqa: S101 - found so
    pull = github.pull_request(repository, task.pull_request)
    base = github.pull_request(repository, stacked.base_pull)
    if stacked.is_merged:
        _retarget(github, repository, pull, source=github.branches.of(stacked.below.issue), target=base.base)
        _remove_branch(store, stacked.below.issue, now)
    if base.head == stacked.below.commit and not stacked.is_merged:  # with a person's commit on it
        return
    if stacked.is_merged and (lower := _find_lower(github, repository, base.base)) is not None:
        with store.transaction() as ledger:
            ledger.stacks.keep(task.id, StackedOn(lower, stacked.below.commit))
        return
    if not is_repairable(task, pull):  # merged, closed, or a person's commit is on it
        return
    repair = QueueRepair(issue=issue, pull_request=pull.number, purpose=Purpose.REBASE, head=pull.head, onto=onto)
    with store.transaction() as ledger:
        perform([repair, ShowStatus(issue)], ledger, now)


def _find(ledger: Ledger, issue: IssueRef) -> _Stacked | None:
    task = ledger.tasks.find(issue)
    below = ledger.stacks.of(task.id) if task is not None else None
    if task is None or below is None or task.pull_request is None:
        return None
    return _Stacked(task=task, below=below, base=ledger.tasks.find(below.issue))


def _remove_branch(store: Store, merged: IssueRef, now: datetime) -> None:
    """It stayed while a pull request had it as its base."""
    with store.transaction() as ledger:
        queue_removal(ledger, merged, now)


def _find_lower(github: GitHub, repository: str, branch: str) -> IssueRef | None:
    """The issue whose branch a part was merged into, instead of the default branch."""
    name = branch.removeprefix(github.branches.prefix)
    return IssueRef(repository, int(name)) if github.branches.include(branch) and name.isdecimal() else None


def _retarget(github: GitHub, repository: str, pull: PullRequestFacts, *, source: str, target: str) -> None:
    """With a text that says so: GitHub reads its closing keywords again when it is changed."""
    if pull.is_open and pull.base == source:
        body = messages.with_base_moved(pull.body, source=source, target=target)
        github.edit_pull_request(repository, pull.number, title=None, body=body, base=target)
