"""Restores a task from GitHub's record: it is inserted in its state, whichever that is, instead of moved there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, insert, update

from bot.adapters.store.attempts import Attempts
from bot.adapters.store.blockers import Blockers
from bot.adapters.store.events import Events
from bot.adapters.store.part import Part
from bot.adapters.store.removed_tasks import RemovedTasks
from bot.adapters.store.rows import merged_into_columns, overrides_columns, snapshot_columns, verdict_columns
from bot.adapters.store.schema import ATTEMPTS, TASKS
from bot.adapters.store.tasks import Tasks
from bot.core.tasks import Attempt, EventKind, State, Task

_AS_THEY_ARE = (
    "state",
    "priority",
    "failure",
    "detail",
    "attempts",
    "automatic_retries",
    "not_before",
    "pushed",
    "claimed",
    "pull_request",
    "lint",
    "created_at",
    "updated_at",
)


class Restoring(Part):
    def restore(self, task: Task, attempts: Sequence[Attempt], *, instead_of: Task | None = None) -> bool:
        """Insert a task that the ledger does not know, or `instead_of` the older state in which it knows it.

        False, and nothing changed, if that is not what the ledger holds by now. Raises ValueError for a running task:
        no worker holds a lease on it.
        """
        if task.state is State.RUNNING:
            raise ValueError(f"{task.issue}: a task cannot come back running")
        if Tasks(self._transaction).find(task.issue) != instead_of:
            return False
        task_id = self._insert_restored(task) if instead_of is None else self._replace(instead_of.id, task)
        Blockers(self._transaction).replace(task_id, task.blockers)
        self._put_attempts(task_id, attempts)
        Events(self._transaction).add(
            task_id,
            EventKind.RESTORED,
            source=instead_of.state if instead_of is not None else None,
            target=task.state,
            now=task.updated_at,
            why=task.failure.value if task.failure else "",
        )
        return True

    def _insert_restored(self, task: Task) -> int:
        place = {"repository": task.issue.repository, "number": task.issue.number, "blocked_by": 0, "fence": 0}
        RemovedTasks(self._transaction).forget(task.issue)
        row = insert(TASKS).values(_columns(task) | place).returning(TASKS.c.id)
        return int(self._connection.execute(row).scalar_one())

    def _replace(self, task_id: int, task: Task) -> int:
        """The fence stays, so that an old worker that still holds one cannot publish under it."""
        no_run = {"slot": None, "worker": None, "lease_until": None}
        self._connection.execute(update(TASKS).where(TASKS.c.id == task_id).values(_columns(task) | no_run))
        return task_id

    def _put_attempts(self, task_id: int, attempts: Sequence[Attempt]) -> None:
        """What the ledger knows of an attempt that has ended is more than a record holds, and stays."""
        open_ones = (ATTEMPTS.c.task_id == task_id) & ATTEMPTS.c.finished_at.is_(None)
        self._connection.execute(delete(ATTEMPTS).where(open_ones))
        for attempt in attempts:
            Attempts(self._transaction).finish(replace(attempt, task_id=task_id))


def _columns(task: Task) -> dict[str, object]:
    return {
        **{name: getattr(task, name) for name in _AS_THEY_ARE},
        "snapshot": snapshot_columns(task.snapshot),
        "overrides": overrides_columns(task.overrides),
        "queued_at": task.created_at,
        "verdict": verdict_columns(task.verdict),
        **merged_into_columns(task.merged_into),
    }
