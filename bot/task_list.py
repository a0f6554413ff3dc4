"""Every task of the ledger, as `nightshift list` prints them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.adapters.store import Store
from bot.core.task_rows import task_row
from bot.core.tasks import Attempt, Task


def read_task_list(store: Store) -> list[dict[str, Any]]:
    """For programs, by repository and issue, with what the attempts have cost so far."""
    return [task_row(task, attempts) for task, attempts in read_attempts(store)]


def read_attempts(store: Store) -> list[tuple[Task, list[Attempt]]]:
    """Every task with its attempts."""
    with store.read() as ledger:
        return [(task, ledger.attempts.of(task.id)) for task in ledger.tasks.in_states()]


def read_pause(store: Store, now: datetime) -> str:
    """Why the whole queue waits, as far as the ledger says; empty if it does not."""
    with store.read() as ledger:
        pause = ledger.pauses.longest(now)
    return pause.reason if pause is not None else ""
