"""What Nightshift started by itself on the pull request of a task. It is deleted with the task."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, select

from bot.adapters.store.part import Part
from bot.adapters.store.review_tables import REPAIRS
from bot.core.revision import NO_REPAIRS, Repairs


class RepairRows(Part):
    def of(self, task_id: int) -> Repairs:
        row = self._connection.execute(select(REPAIRS).where(REPAIRS.c.task_id == task_id)).one_or_none()
        if row is None:
            return NO_REPAIRS
        return Repairs(**{name: row._mapping[name] for name in Repairs.__slots__})

    def keep(self, task_id: int, repairs: Repairs) -> None:
        self._put(REPAIRS, {"task_id": task_id}, asdict(repairs))

    def forget(self, task_id: int) -> None:
        """A person has asked for something: from here it is counted anew."""
        self._connection.execute(delete(REPAIRS).where(REPAIRS.c.task_id == task_id))
