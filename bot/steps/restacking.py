"""Keeps a pull request on what it was built on, once that was merged or has changed.

Its base is moved first, since GitHub closes a pull request whose base branch is deleted; then its commits follow, by an
attempt that git alone carries out unless they conflict. In a native stack GitHub does both (`native_following`).
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
from bot.core.stacking import StackedOn, can_carry, is_merged
from bot.core.tasks import Task
from bot.steps.effects import perform
from bot.steps.native_following import Merged, leave_to_github
from bot.steps.open_pulls import queue_removal

MERGED = "merged"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stacked:
    """A task, what its work stands on, and the task of that; `pull` and `base_pull`: their pull requests."""

    task: Task
    pull: int
    below: StackedOn
    base: Task
    base_pull: int

    @property
    def onto(self) -> str | None:
        """What it has to be put on, as the key of a repair; None where it is in its place."""
        if is_merged(self.base):
            return MERGED
        moved = can_carry(self.base) and self.base.pushed not in {None, self.below.commit}
        return self.base.pushed if moved else None


def restack(store: Store, github: GitHub, issue: IssueRef, now: datetime) -> None:
    """Safe to repeat. Raises GitHubFailed."""
    with store.read() as ledger:
        stacked = _find(ledger, issue)
    if stacked is None or (onto := stacked.onto) is None:
        return
    pull, base = (github.pull_request(issue.repository, each) for each in (stacked.pull, stacked.base_pull))
    merged = Merged(issue=stacked.below.issue, at=stacked.base.updated_at) if onto == MERGED else None
    left = leave_to_github(store, github, stacked.task, pull, merged, now=now)
    if left is None:
        return
    pull = left
    if onto == MERGED:
        if not _follow_merge(store, github, stacked, pull, base, now=now):
            return
    elif base.head == stacked.below.commit:  # with a person's commit on it
        return
    if not is_repairable(stacked.task, pull):  # merged, closed, or a person's commit is on it
        return
    repair = QueueRepair(issue=issue, pull_request=pull.number, purpose=Purpose.REBASE, head=pull.head, onto=onto)
    with store.transaction() as ledger:
        perform([repair, ShowStatus(issue)], ledger, now)


def _find(ledger: Ledger, issue: IssueRef) -> _Stacked | None:
    """None also where nothing is known of what it stands on."""
    task = ledger.tasks.find(issue)
    below = ledger.stacks.of(task.id) if task is not None else None
    base = ledger.tasks.find(below.issue) if below is not None else None
    if task is None or below is None or base is None or task.pull_request is None or base.pull_request is None:
        return None
    return _Stacked(task=task, pull=task.pull_request, below=below, base=base, base_pull=base.pull_request)


def _follow_merge(
    store: Store,
    github: GitHub,
    stacked: _Stacked,
    pull: PullRequestFacts,
    base: PullRequestFacts,
    *,
    now: datetime,
) -> bool:
    """Move the pull request to where the one below went. Whether its commits have to follow: not where that went into
    another part, which then holds them."""
    issue = stacked.below.issue
    _retarget(github, issue.repository, pull, source=github.branches.of(issue), target=base.base)
    lower = _find_lower(github, issue.repository, base.base)
    with store.transaction() as ledger:
        queue_removal(ledger, issue, now)  # the branch stayed while a pull request had it as its base
        if lower is not None:
            ledger.stacks.keep(stacked.task.id, StackedOn(lower, stacked.below.commit))
    return lower is None


def _find_lower(github: GitHub, repository: str, branch: str) -> IssueRef | None:
    """The issue whose branch a part was merged into, instead of the default branch."""
    name = branch.removeprefix(github.branches.prefix)
    return IssueRef(repository, int(name)) if github.branches.include(branch) and name.isdecimal() else None


def _retarget(github: GitHub, repository: str, pull: PullRequestFacts, *, source: str, target: str) -> None:
    """With a text that says so: GitHub reads its closing keywords again when it is changed."""
    if pull.is_open and pull.base == source:
        body = messages.with_base_moved(pull.body, source=source, target=target)
        github.edit_pull_request(repository, pull.number, title=None, body=body, base=target)
