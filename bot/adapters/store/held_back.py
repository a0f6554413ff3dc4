"""Tasks that could run and wait, because another one that runs is likely to change the same file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, select, update

from bot.adapters.store.part import Part
from bot.adapters.store.pressure_tables import HELD_BACK
from bot.adapters.store.schema import TASKS, in_state
from bot.core.pressure import SharesFile
from bot.core.references import IssueRef
from bot.core.tasks import State

_BY = TASKS.alias("by")


class HeldBack(Part):
    def of(self, task_id: int) -> SharesFile | None:
        """What it waits for, as long as that runs."""
        found = select(_BY.c.repository, _BY.c.number, HELD_BACK.c.file)
        runs = and_(_BY.c.id == HELD_BACK.c.by_task, in_state(State.RUNNING, _BY))
        found = found.select_from(HELD_BACK).join(_BY, runs)
        row = self._connection.execute(found.where(HELD_BACK.c.task_id == task_id)).one_or_none()
        return None if row is None else SharesFile(IssueRef(row.repository, row.number), row.file)

    def keep(self, task_id: int, by_task: int, file: str) -> None:
        """A claim has passed it over."""
        row = self._connection.execute(select(HELD_BACK).where(HELD_BACK.c.task_id == task_id)).one_or_none()
        if row is None or row.by_task != by_task:
            values = {"by_task": by_task, "file": file, "shown": False}
            self._put(HELD_BACK, {"task_id": task_id}, values)

    def is_news(self) -> bool:
        """Whether an issue does not show yet what its task waits for, or that it waits no more."""
        rows = self._rows()
        return bool(rows) and (not all(row.shown for row in rows) or bool(self._over(rows)))

    def take_news(self) -> list[int]:
        """The ids of the tasks of those issues; they count as shown from now on."""
        rows = self._rows()
        over, held = self._over(rows), {row.task_id for row in rows if not row.shown}
        self._connection.execute(delete(HELD_BACK).where(HELD_BACK.c.task_id.in_(over)))
        self._connection.execute(update(HELD_BACK).where(HELD_BACK.c.task_id.in_(held)).values(shown=True))
        return sorted(over | held)

    def _rows(self) -> Sequence[Row[Any]]:
        """Few: those that a claim has passed over while what runs now ran."""
        return self._connection.execute(select(HELD_BACK)).all()

    def _over(self, rows: Sequence[Row[Any]]) -> set[int]:
        """Either of the two is not as it was: what held them back runs no more, or the task does not wait."""
        ids = {identity for row in rows for identity in (row.task_id, row.by_task)}
        found = self._connection.execute(select(TASKS.c.id, TASKS.c.state).where(TASKS.c.id.in_(ids)))
        states = {row.id: row.state for row in found}
        wait = {row.task_id for row in rows if states.get(row.task_id) == State.QUEUED}
        return {row.task_id for row in rows if row.task_id not in wait or states.get(row.by_task) != State.RUNNING}
