"""What an issue that is blocked by others starts from: their open pull requests, or only what was merged of them.

In the mode `stack` the task starts on the branch of its blocker as soon as that is published and verified; in the mode
`merge` it waits until the blocker is merged, or closed as completed. A blocker of another repository has no branch that
could be built on, so it is always waited for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.facts import IssueFacts
from bot.core.references import IssueRef
from bot.core.tasks import State, Task


class DependencyMode(StrEnum):
    """`dependencies` in the repository's settings."""

    STACK = "stack"
    MERGE = "merge"


class BlockerState(StrEnum):
    """How far a blocker is, for those that wait for it."""

    OPEN = "open"
    PUBLISHED = "published"
    """Its pull request is open, and nothing speaks against building on it."""
    COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class StackedOn:
    """The work of a task stands on that of another one: of this issue, at this commit of its branch."""

    issue: IssueRef
    commit: str


def is_merged(base: Task | None) -> bool:
    """Whether what work stood on is in the branch that it was to be merged into. `base`: its task; one that was closed
    without merging is not merged, and stays what the work stands on.

    None: the ledger has none, and then nothing more becomes of it, as after a merge. A task that others stand on is
    kept as long as they are (`OldTasks`), so its issue is gone from GitHub."""
    return base is None or base.state is State.DONE


def blocker_state(facts: IssueFacts | None, task: Task | None) -> BlockerState:
    """`facts`: the issue or pull request on GitHub, None where only the task is known."""
    if (facts is not None and facts.completed) or (task is not None and task.state is State.DONE):
        return BlockerState.COMPLETED
    return BlockerState.PUBLISHED if task is not None and can_carry(task) else BlockerState.OPEN


def can_carry(task: Task) -> bool:
    """Whether other work may start on its branch. Where a repository has no checks, there is nothing to verify; where
    it has some that verify nothing, or the task failed, people have to look first."""
    is_verified = task.verdict is None or not task.verdict.wants_draft
    return task.state is State.IN_REVIEW and task.pull_request is not None and is_verified


def is_met(state: BlockerState, mode: DependencyMode, *, same_repository: bool) -> bool:
    """Whether a task need not wait for the blocker any more. `mode`: of the task's repository."""
    builds_on_it = mode is DependencyMode.STACK and same_repository
    return state is BlockerState.COMPLETED or (state is BlockerState.PUBLISHED and builds_on_it)
