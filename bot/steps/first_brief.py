"""The brief for an attempt's first session: what the issue asks for, and what the session finds in its workspace."""

from __future__ import annotations

from bot.core.answers import asked_of
from bot.core.attempts import Base
from bot.core.branch_brief import PresentChange
from bot.core.brief import BriefInput, brief
from bot.core.tasks import Attempt, Task
from bot.steps.workspaces import Checkout


def write_first_brief(
    task: Task,
    previous: list[Attempt],
    base: Base,
    turns: int,
    made: Checkout,
    *,
    present: PresentChange | None,
) -> str:
    fresh = task.overrides.fresh or not previous
    return brief(
        BriefInput(
            issue=task.issue,
            snapshot=task.snapshot,
            branch=made.branch,
            base_branch=base.branch,
            turn_limit=turns,
            previous=None if fresh else previous[-1],
            asked=() if fresh and not task.snapshot.answers else asked_of(previous),
            work_is_here=made.kept is not None and made.kept.head is not None,
            present=present,
            submodules=made.submodules.paths,
            empty_submodules=tuple(note.path for note in made.submodules.left),
        )
    )
