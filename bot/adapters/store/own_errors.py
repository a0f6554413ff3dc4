"""The bugs of Nightshift that its workers caught, for `nightshift doctor`: how many, and the last one."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, Integer, Table, select

from bot.adapters.store.columns import Moment, Words
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.adapters.store.values import CaughtErrors

OWN_ERRORS = Table(
    "own_errors",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("caught", Integer),
    Column("last_at", Moment),
    Column("last", Words),
)


class OwnErrors(Part):
    def add(self, last: str, now: datetime) -> None:
        """`last`: the error's type, and where it was caught."""
        new = {"id": 1, "caught": 1, "last_at": now, "last": last}
        again = {"caught": OWN_ERRORS.c.caught + 1, "last_at": now, "last": last}
        row = self._insert(OWN_ERRORS).values(new)
        self._connection.execute(row.on_conflict_do_update(index_elements=[OWN_ERRORS.c.id], set_=again))

    def read_caught(self) -> CaughtErrors | None:
        """None if there were none."""
        row = self._connection.execute(select(OWN_ERRORS)).one_or_none()
        return None if row is None else CaughtErrors(count=row.caught, last_at=row.last_at, last=row.last)
