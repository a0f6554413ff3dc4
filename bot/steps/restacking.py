"""Keeps a pull request on what it was built on, once that was merged or has changed.

Its base is moved first, since GitHub closes a pull request whose base branch is deleted; then its commits follow, by an
attempt that git alone carries out unless they conflict. In a native stack GitHub does both (`native_following`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.adapters.github import GitHub, GitHubFailed
from bot.adapters.store import Ledger, Store
from bot.core import messages
from bot.core.attempts import Purpose
from bot.core.checkpoints import Checkpoint, Reached, log_checkpoint
from bot.core.effects import QueueRepair, Reply, ShowStatus
from bot.core.facts import Actor, PullRequestFacts
from bot.core.issue_history import is_base_lost, was_reopened
from bot.core.references import IssueRef
from bot.core.repairs import is_in_review
from bot.core.stacking import MERGED, StackedOn, is_merged, write_parts
from bot.core.task_rules import follow_pull_request
from bot.core.tasks import State, Task
from bot.steps.effects import perform
from bot.steps.native_following import Merged, leave_to_github
from bot.steps.open_pulls import queue_removal, show_conflicts

_ALREADY_EXISTS = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stacked:
    """A task, what its work stands on, and the tasks of that; `pull`: its pull request."""

    task: Task
    pull: int
    below: StackedOn
    bases: Mapping[IssueRef, Task | None]

    @property
    def merged(self) -> Merged:
        """Its base, once that was merged."""
        base = self.bases[self.below.issue]
        return Merged(issue=self.below.issue, at=base.updated_at if base is not None else self.task.updated_at)

    @property
    def unmerged(self) -> list[IssueRef]:
        return [issue for issue in self.below.heads if not is_merged(self.bases[issue])]


def restack(
    store: Store, github: GitHub, issue: IssueRef, now: datetime, *, me: Actor, reached: Reached = log_checkpoint
) -> None:
    """Safe to repeat. Raises GitHubFailed."""
    with store.read() as ledger:
        stacked = _find(ledger, issue)
    if stacked is None or not (news := stacked.below.find_news(stacked.bases)):
        return
    merged = stacked.merged if news.get(stacked.below.issue) == MERGED else None
    shown = github.pull_request(issue.repository, stacked.pull)
    if (
        merged is not None
        and stacked.task.state is State.CLOSED
        and _reopen(store, github, stacked, shown, me, now=now, reached=reached)
    ):
        return  # what follows is queued
    pull = leave_to_github(store, github, stacked.task, shown, merged, now=now)
    if pull is None:
        return
    if merged is not None and not _follow_merge(store, github, stacked, pull, now=now, reached=reached):
        return
    news = {each: onto for each, onto in news.items() if onto == MERGED or _has_moved(github, stacked, each)}
    if not news or not is_in_review(stacked.task, pull):
        return
    onto = _key(stacked.below, news)
    repair = QueueRepair(issue=issue, pull_request=pull.number, purpose=Purpose.REBASE, head=pull.head, onto=onto)
    with store.transaction() as ledger:
        perform([repair, ShowStatus(issue)], ledger, now)
    reached(Checkpoint.RESTACK_QUEUED, str(issue))


def _reopen(
    store: Store,
    github: GitHub,
    stacked: _Stacked,
    pull: PullRequestFacts,
    me: Actor,
    *,
    now: datetime,
    reached: Reached,
) -> bool:
    """Whether it is open again. GitHub closes a pull request whose base branch is deleted, and opens it only with that
    branch: so the branch is made again until the base is moved. Once for each pull request; then people decide."""
    source, place = github.branches.of(stacked.below.issue), IssueRef(stacked.task.issue.repository, pull.number)
    if pull.merged or pull.is_stacked or pull.base != source:
        return False
    history = github.history(place)
    was_opened = was_reopened(history, me.id)
    if not pull.is_open:
        if not is_base_lost(history):  # a person closed it
            return False
        refusal = messages.closed_again(source) if was_opened else _open_again(github, stacked, place, source, reached)
        if refusal is not None:
            with store.transaction() as ledger:
                perform([Reply(place, f"not-reopened:{place}", refusal)], ledger, now)
            return False
        was_opened = True
    said = [Reply(place, f"reopened:{place}", messages.reopened(source))] if was_opened else []
    with store.transaction() as ledger:
        perform([*said, *follow_pull_request(stacked.task, is_open=True, merged_at=None)], ledger, now)
    return True


def _open_again(github: GitHub, stacked: _Stacked, place: IssueRef, source: str, reached: Reached) -> str | None:
    """Why GitHub does not open it, None where it is open."""
    base = stacked.bases[stacked.below.issue]
    if base is None or base.pull_request is None:
        return messages.not_reopened(source, "its commit is not known any more")
    head = github.pull_request(place.repository, base.pull_request).head
    try:
        _restore(github, place.repository, source, head)
        reached(Checkpoint.BASE_RESTORED, str(place))
        github.reopen_pull_request(place.repository, place.number)
        reached(Checkpoint.REOPENED, str(place))
    except GitHubFailed as error:
        if error.transient:
            raise
        return messages.not_reopened(source, error.message)
    return None


def _restore(github: GitHub, repository: str, branch: str, commit: str) -> None:
    """One that is there already, after a crash or by a person, stays as it is."""
    try:
        github.create_branch(repository, branch, commit)
    except GitHubFailed as error:
        if error.status != _ALREADY_EXISTS:
            raise


def _key(below: StackedOn, news: Mapping[IssueRef, str]) -> str:
    """What it has to be put on, once for each state of that."""
    return write_parts(tuple(news.items())) if below.parts else news[below.issue]


def _has_moved(github: GitHub, stacked: _Stacked, issue: IssueRef) -> bool:
    """Not where a person's commit is on the branch, and the work was started on that."""
    base = stacked.bases[issue]
    if base is None or base.pull_request is None:
        return False
    return github.pull_request(issue.repository, base.pull_request).head != stacked.below.heads[issue]


def _find(ledger: Ledger, issue: IssueRef) -> _Stacked | None:
    task = ledger.tasks.find(issue)
    below = ledger.stacks.of(task.id) if task is not None else None
    if task is None or below is None or task.pull_request is None:
        return None
    bases = {each: ledger.tasks.find(each) for each in below.heads}
    return _Stacked(task=task, pull=task.pull_request, below=below, bases=bases)


def _follow_merge(
    store: Store, github: GitHub, stacked: _Stacked, pull: PullRequestFacts, *, now: datetime, reached: Reached
) -> bool:
    """Move the pull request to another branch that it stands on, or to where the one below went. Whether its commits
    have to follow: not where that went into another part, which then holds them."""
    below, repository = stacked.below, stacked.task.issue.repository
    branches, went = github.branches, _find_target(github, stacked)
    target = branches.of(stacked.unmerged[0]) if stacked.unmerged else went
    if pull.base in {branches.of(below.issue), went}:  # GitHub has moved it where it deleted the branch
        _retarget(github, repository, pull, source=branches.of(below.issue), target=target, reached=reached)
    lower = branches.issue_of(repository, went)  # a part was merged into that, instead of the default branch
    with store.transaction() as ledger:
        show_conflicts(ledger, repository, pull.number, now)  # its first line said to wait for the base
        queue_removal(ledger, below.issue, now)  # the branch stayed while a pull request had it as its base
        if lower is not None:
            ledger.stacks.keep(stacked.task.id, below.moved_to(lower, stacked.unmerged))
        elif stacked.unmerged:
            ledger.stacks.keep(stacked.task.id, replace(below, issue=stacked.unmerged[0]))
    return lower is None


def _find_target(github: GitHub, stacked: _Stacked) -> str:
    """The branch into which the one below was merged."""
    repository, base = stacked.task.issue.repository, stacked.bases[stacked.below.issue]
    if base is None or base.pull_request is None:
        return github.repository(repository).default_branch
    return github.pull_request(repository, base.pull_request).base


def _retarget(
    github: GitHub, repository: str, pull: PullRequestFacts, *, source: str, target: str, reached: Reached
) -> None:
    """The base first, and then a text that says so: GitHub reads the closing keywords when a text is changed, and only
    in one that is on the default branch by then."""
    place = str(IssueRef(repository, pull.number))
    is_known = messages.shows_base_moved(pull.body, source=source, target=target)
    if not pull.is_open or (is_known and pull.base == target):
        return
    if pull.base != target:
        github.edit_pull_request(repository, pull.number, title=None, body=None, base=target)
        reached(Checkpoint.BASE_MOVED, place)
    body = messages.with_base_moved(pull.body, source=source, target=target)
    github.edit_pull_request(repository, pull.number, title=None, body=body)
    reached(Checkpoint.TEXT_SAVED, place)
