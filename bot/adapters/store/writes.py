"""The pace of writes to GitHub: a row for each of the last hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import WRITES

_HOUR, _MINUTE = timedelta(hours=1), timedelta(minutes=1)


class Writes(Part):
    def reserve(self, now: datetime, *, reads: int, a_minute: int | None, an_hour: int | None) -> float:
        """Note that a write is about to be sent, after so many reads; 0. Where that would be one too many, nothing is
        noted, and it is how many seconds to wait. None: without a limit."""
        self._connection.execute(delete(WRITES).where(WRITES.c.at <= now - _HOUR))
        wait = max(self._wait(now, _MINUTE, a_minute), self._wait(now, _HOUR, an_hour))
        if wait <= 0:
            self._connection.execute(insert(WRITES).values(at=now, reads=reads))
        return wait

    def requests(self, now: datetime) -> tuple[int, int]:
        """Reads and writes of the last hour."""
        counted = select(func.sum(WRITES.c.reads), func.count()).where(WRITES.c.at > now - _HOUR)
        reads, writes = self._connection.execute(counted).one()
        return int(reads or 0), int(writes)

    def recent(self, now: datetime) -> tuple[int, int]:
        """Writes of the last minute, and of the last hour."""
        counted = [select(func.count()).where(WRITES.c.at > now - span) for span in (_MINUTE, _HOUR)]
        minute, hour = (self._connection.scalar(each) or 0 for each in counted)
        return minute, hour

    def _wait(self, now: datetime, span: timedelta, most: int | None) -> float:
        """How long until fewer than `most` lie within the span before now."""
        if most is None:
            return 0.0
        newest = select(WRITES.c.at).where(WRITES.c.at > now - span).order_by(WRITES.c.at.desc()).offset(most - 1)
        last = self._connection.scalar(newest.limit(1))
        return 0.0 if last is None else max((last + span - now).total_seconds(), 0.001)
