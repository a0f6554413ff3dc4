"""Whether a process has ended."""

from __future__ import annotations

from bot.core.references import IssueRef
from tests.stories.world import World


def has_ended(world: World, issue: IssueRef) -> bool:
    """Whether its attempt has ended: its folder goes only after its session. The row alone says less, since a pass ends
    the rows of tasks that do not run any more."""
    with world.services.store.read() as ledger:
        task = ledger.tasks.find(issue)
        is_over = task is not None and all(each.finished_at for each in ledger.attempts.of(task.id))
    return is_over and not list((world.services.settings.data_dir / "attempts").glob("*"))
