"""The digests of the nights, each by when its night began."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Row, Table, Text, select

from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.adapters.store.values import DigestShown

DIGESTS = Table(
    "digests",
    METADATA,
    Column("night", Moment, primary_key=True),
    Column("seen", Text),
    Column("number", BigInteger),  # none: no issue was made yet
    Column("shown", Text),
    Column("begun_at", Moment),
    Column("earlier_closed", Boolean),
)


class Digests(Part):
    def of(self, night: datetime) -> DigestShown | None:
        row = self._connection.execute(select(DIGESTS).where(DIGESTS.c.night == night)).one_or_none()
        return None if row is None else _read(row)

    def last_before(self, night: datetime) -> DigestShown | None:
        """Of the nights that have a row."""
        earlier = select(DIGESTS).where(DIGESTS.c.night < night).order_by(DIGESTS.c.night.desc()).limit(1)
        row = self._connection.execute(earlier).one_or_none()
        return None if row is None else _read(row)

    def keep(self, night: datetime, shown: DigestShown) -> None:
        values = {name: getattr(shown, name) for name in DigestShown.__slots__}
        self._put(DIGESTS, {"night": night}, values)


def _read(row: Row[Any]) -> DigestShown:
    return DigestShown(**{name: row._mapping[name] for name in DigestShown.__slots__})
