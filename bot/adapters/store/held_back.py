"""Tasks that could run and wait, because another one that runs is likely to change the same file."""

from __future__ import annotations

from sqlalchemy import Select, and_, delete, false, select, update

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
        return bool(self._over()) or self._connection.scalar(_unshown().limit(1)) is not None

    def take_news(self) -> list[int]:
        """The ids of the tasks of those issues; they count as shown from now on."""
        over = self._over()
        self._connection.execute(delete(HELD_BACK).where(HELD_BACK.c.task_id.in_(over)))
        held = [row.task_id for row in self._connection.execute(_unshown())]
        self._connection.execute(update(HELD_BACK).where(HELD_BACK.c.shown == false()).values(shown=True))
        return sorted({*over, *held})

    def _over(self) -> list[int]:
        """Either of the two is not as it was: what held them back runs no more, or the task does not wait."""
        both = HELD_BACK.join(TASKS, TASKS.c.id == HELD_BACK.c.task_id).join(_BY, _BY.c.id == HELD_BACK.c.by_task)
        still = (
            select(HELD_BACK.c.task_id).select_from(both).where(in_state(State.QUEUED), in_state(State.RUNNING, _BY))
        )
        found = select(HELD_BACK.c.task_id).where(HELD_BACK.c.task_id.not_in(still))
        return list(self._connection.execute(found).scalars())


def _unshown() -> Select[tuple[int]]:
    return select(HELD_BACK.c.task_id).where(HELD_BACK.c.shown == false())
