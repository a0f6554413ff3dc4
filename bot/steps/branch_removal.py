"""Removes the bot's branch of a task whose pull request was merged or closed, unless a person's commit is on it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.adapters.git import Author
from bot.adapters.git.open_branches import OpenBranches
from bot.adapters.github import GitHub
from bot.adapters.receivers import NotSent
from bot.adapters.store import Store
from bot.core.facts import Actor
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.tasks import State, Task, TaskEvent
from bot.steps.open_pulls import BEFORE_REMOVAL
from bot.steps.own_branch import author_of, is_by_bot

_log = logging.getLogger(__name__)

_MOST_SHOWN = 250  # commits of a pull request that GitHub shows: of more it is unknown whose they are


def remove_own_branch(
    store: Store, github: GitHub, branches: OpenBranches, issue: IssueRef, now: datetime, *, me: Actor
) -> bool:
    """Whether it was removed. The push names the exact commit that it may remove, so a commit that a person pushes
    meanwhile is never lost. Raises NotSent where it is too early, TaskFailed or GitHubFailed."""
    with store.read() as ledger:
        task = ledger.tasks.find(issue)
        own = ledger.pushes.own_heads(task.id) if task is not None else set()
        adopted = ledger.native_stacks.read_adopted(task.id) if task is not None else None
        events = ledger.events.of(task.id) if task is not None else []
    if task is None or task.pull_request is None or task.state not in {State.DONE, State.CLOSED}:
        return False
    _require_late(task, events, now)
    branch = github.branches.of(issue)
    head = branches.live_head(branch)
    if head is None or head not in own:
        return False
    if head != adopted and not _is_ours_alone(github, issue, task.pull_request, me):
        return False
    if github.has_open_pull_requests(issue.repository, branch):
        return False
    return remove_at(branches, branch, head, issue)


def remove_at(branches: OpenBranches, branch: str, head: str, issue: IssueRef) -> bool:
    """Whether the branch was removed. It stays where it has moved, and where GitHub refuses it."""
    try:
        removed = branches.remove_branch(branch, expected=head)
    except TaskFailed as error:
        if error.kind is not FailureKind.PUSH_REJECTED:
            raise
        _log.info("branch %s stays: %s", branch, error.detail)  # such as a rule of the repository against it
        return False
    _log.info("branch %s of %s %s", branch, issue, "is removed" if removed else "has moved and stays")
    return removed


def _require_late(task: Task, events: Iterable[TaskEvent], now: datetime) -> None:
    """Asked here too: whatever is queued for later than an hour comes due when a worker starts, or a clock jumps."""
    closed = [event.at for event in events if event.target is State.CLOSED]
    early = closed[-1] + BEFORE_REMOVAL - now if closed and task.state is State.CLOSED else timedelta()
    if early > timedelta():
        raise NotSent("its pull request may be opened again", transient=True, retry_after=early.total_seconds())


def _is_ours_alone(github: GitHub, issue: IssueRef, pull: int, me: Actor) -> bool:
    """GitHub keeps the commits of a pull request also after a merge, when they are the base branch's as well."""
    authors = github.authors(issue.repository, pull)
    own = author_of(me, github.web_url)
    everyone = (Author(name=name, email=email) for each in authors for name, email in each)
    return len(authors) < _MOST_SHOWN and all(is_by_bot(each, own) for each in everyone)
