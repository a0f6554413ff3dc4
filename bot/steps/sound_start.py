"""Runs the checks on a merge of several branches before any session starts from it."""

from __future__ import annotations

from bot.adapters.store import Store
from bot.core.stacking import StartsLater
from bot.steps.checks import Checks
from bot.steps.opening import Preparation
from bot.steps.repair_reading import Repair
from bot.steps.run import Run
from bot.steps.stack_start import apart_of, choose_base, leave_in_place


def require_sound_start(store: Store, checks: Checks, run: Run, prepared: Preparation) -> None:
    """What fails there and not on the default branch is the work of no session. Raises StartsLater; TaskFailed for a
    pull request that is to be put on such a merge."""
    start = prepared.start
    if start is None or not start.is_new:
        return
    failing = checks.find_broken(
        run.task.issue, prepared, run.folder / "start", other=prepared.default, should_stop=run.lease.reason_to_stop
    )
    if not failing:
        return
    with store.read() as ledger:
        chosen = choose_base(ledger, run.task)
    between = tuple(issue.number for issue in start.heads)
    later = StartsLater(f"{', '.join(failing)} fails", apart_of(chosen.tasks, start.heads, between, checks=failing))
    if isinstance(prepared.review, Repair):
        raise leave_in_place(store, run.task, later)
    raise later
