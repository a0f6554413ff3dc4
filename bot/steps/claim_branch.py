"""Shows from the start of an attempt that an issue is worked on: its branch is there, with nothing on it yet.

The branch is removed again if the attempt ends without work. What counts is on record before anything is pushed, in the
ledger and then in the status comment, so that neither a kill nor a lost ledger leaves a branch behind that stays. A
branch that was there before, or that a person has pushed to since, is not touched.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.adapters.git import Mirror
from bot.adapters.git.open_branches import OpenBranches
from bot.adapters.github import GitHub
from bot.adapters.store import Store
from bot.core.checkpoints import Checkpoint, Reached, log_checkpoint
from bot.core.failures import FailureKind, TaskFailed
from bot.core.references import IssueRef
from bot.core.repository_settings import RepositorySettings
from bot.core.tasks import State, Task
from bot.steps.branch_removal import remove_at
from bot.steps.lease import TAKEN_OVER
from bot.steps.own_branch import OwnBranch


def claim_branch(
    store: Store,
    mirror: Mirror,
    task: Task,
    held: OwnBranch,
    settings: RepositorySettings,
    *,
    branch: str,
    now: datetime,
    reached: Reached = log_checkpoint,
) -> OwnBranch:
    """Create the branch where the attempt starts, if the repository wants that and the branch is not there. Returns how
    it is then. Raises TaskFailed."""
    if not settings.claim_branch or held.head is not None or task.pull_request is not None:
        return held
    with store.transaction() as ledger:
        if not ledger.pushes.claim(task.id, fence=task.fence, commit=held.start, now=now):
            raise TaskFailed(FailureKind.WORKER_LOST, TAKEN_OVER)
    reached(Checkpoint.CLAIM_NOTED, str(task.issue))
    mirror.push(held.start, branch, expected=None)
    reached(Checkpoint.BRANCH_CLAIMED, str(task.issue))
    with store.transaction() as ledger:
        ledger.outbox.post_status(task.issue, now)
    return replace(held, head=held.start)


def end_claim(store: Store, github: GitHub, branches: OpenBranches, issue: IssueRef, now: datetime) -> None:
    """Remove the branch that shows nothing, unless an attempt runs again. The push names the exact commit that it may
    remove, so a commit that a person pushes meanwhile is never lost. Raises TaskFailed or GitHubFailed."""
    with store.read() as ledger:
        task = ledger.tasks.find(issue)
    if task is None or task.claimed is None or task.state is State.RUNNING:
        return
    branch = github.branches.of(issue)
    is_used = branches.live_head(branch) != task.claimed or github.has_open_pull_requests(issue.repository, branch)
    if not is_used:
        remove_at(branches, branch, task.claimed, issue)
    with store.transaction() as ledger:
        ledger.pushes.forget_claim(task.id, task.claimed)
        ledger.outbox.post_status(issue, now)
