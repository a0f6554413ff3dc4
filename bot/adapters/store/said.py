"""What people say to the session of a task while it works. It is deleted with its task."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer, Table, Text, delete, func, select, update

from bot.adapters.store.columns import Moment, Words
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.core.said import Said

SAID = Table(
    "said",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("attempt", Integer),
    Column("asked_by", Words),
    Column("words", Words),
    Column("place", Text),
    Column("said_at", Moment),
    Column("read_at", Moment),  # none: no session has read it yet
)


class SaidRows(Part):
    def add(self, task_id: int, attempt: int, said: Said) -> bool:
        """For the attempt with this number. False if it is on record already."""
        row = self._insert(SAID).values(
            task_id=task_id,
            item=said.item,
            attempt=attempt,
            asked_by=said.by,
            words=said.text,
            place=said.place,
            said_at=said.at,
        )
        added = row.on_conflict_do_nothing().returning(SAID.c.item)
        return self._connection.execute(added).one_or_none() is not None

    def waiting(self, task_id: int, attempt: int) -> list[Said]:
        """What no session of the attempt has read, in its order."""
        return self._of(task_id, attempt, is_read=False)

    def read(self, task_id: int, attempt: int) -> list[Said]:
        """What its sessions have read."""
        return self._of(task_id, attempt, is_read=True)

    def count(self, task_id: int, attempt: int) -> int:
        theirs = (SAID.c.task_id == task_id) & (SAID.c.attempt == attempt)
        return self._connection.scalar(select(func.count()).where(theirs)) or 0

    def note_read(self, task_id: int, item: str, now: datetime) -> None:
        theirs = (SAID.c.task_id == task_id) & (SAID.c.item == item)
        self._connection.execute(update(SAID).where(theirs).values(read_at=now))

    def pass_on(self, task_id: int, attempt: int) -> None:
        """The attempt is tried again: the next one reads it, also what a session had read that came to nothing."""
        theirs = (SAID.c.task_id == task_id) & (SAID.c.attempt == attempt)
        self._connection.execute(update(SAID).where(theirs).values(attempt=attempt + 1, read_at=None))

    def take(self, task_id: int, attempt: int) -> list[Said]:
        """What was said to an attempt that will not begin; it is off the record then."""
        found = self.waiting(task_id, attempt)
        self._connection.execute(delete(SAID).where((SAID.c.task_id == task_id) & (SAID.c.attempt == attempt)))
        return found

    def _of(self, task_id: int, attempt: int, *, is_read: bool) -> list[Said]:
        theirs = (SAID.c.task_id == task_id) & (SAID.c.attempt == attempt)
        known = SAID.c.read_at.is_not(None) if is_read else SAID.c.read_at.is_(None)
        rows = self._connection.execute(select(SAID).where(theirs, known).order_by(SAID.c.said_at, SAID.c.item))
        return [Said(item=row.item, by=row.asked_by, text=row.words, at=row.said_at, place=row.place) for row in rows]
