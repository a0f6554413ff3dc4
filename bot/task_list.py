"""Every task with what its attempts have cost so far, as `nightshift list --json` prints it."""

from __future__ import annotations

from typing import Any

from bot.adapters.store import Store
from bot.steps.task_rows import task_row


def read_task_list(store: Store) -> list[dict[str, Any]]:
    """Ordered by repository and issue."""
    with store.read() as ledger:
        return [task_row(task, ledger) for task in ledger.tasks.in_states()]
