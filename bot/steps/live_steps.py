"""Records what an attempt at work does, for the check run of its pull request."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.session import SessionProgress
from bot.core.shown_check import is_update_due
from bot.core.tasks import Task
from bot.steps.shown_checks import post_check


def note_step(ledger: Ledger, task: Task, progress: SessionProgress, line: str, now: datetime) -> None:
    """One step, if a check run shows the attempt. `line`: what it does, masked."""
    shown_at = ledger.shown_checks.last_update(task.id) if task.pull_request is not None else None
    if shown_at is None:
        return
    known = ledger.live_attempts.of(task.id)
    live = known.with_step(task.attempts, turns=progress.turn, cost_usd=progress.cost_usd, line=line, now=now)
    ledger.live_attempts.keep(task.id, live)
    if is_update_due(live, shown_at, now):
        post_check(ledger, task.issue, now)
