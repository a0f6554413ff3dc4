"""The comments that notify a person of their turn: one for each rest of a task, never two."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.adapters.store.values import Notice

NOTICES = Table(
    "notices",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("rest", Text, primary_key=True),
    Column("comment", BigInteger),  # none: nothing was posted
    Column("digest", Text),
)


class NoticeRows(Part):
    def of(self, task_id: int) -> dict[str, Notice]:
        """By the rest that each is of (`bot.core.turns`)."""
        rows = self._connection.execute(select(NOTICES).where(NOTICES.c.task_id == task_id))
        return {row.rest: Notice(comment=row.comment, digest=row.digest) for row in rows}

    def keep(self, task_id: int, rest: str, notice: Notice) -> None:
        values = {"comment": notice.comment, "digest": notice.digest}
        self._put(NOTICES, {"task_id": task_id, "rest": rest}, values)
