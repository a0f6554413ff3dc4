"""The pauses of the whole queue, a row for each cause: while one holds, no task is claimed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import PAUSES
from bot.core.pauses import Cause, Pause, longest

_OLDEST_FIRST = select(PAUSES).order_by(PAUSES.c.since, PAUSES.c.cause)  # built once: each claim asks


class Pauses(Part):
    def begin(self, cause: Cause, *, until: datetime | None, reason: str, now: datetime) -> bool:
        """Hold the queue back until then (None: until `end`). One for the same cause that lasts longer stays as it
        is. False if it does."""
        present = self._pause(cause)
        if present is not None and not _is_over(present, now) and not _longer(until, present.until):
            return False
        self.end(cause)
        self._connection.execute(insert(PAUSES).values(cause=cause, until=until, reason=reason, since=now))
        return True

    def end(self, *causes: Cause) -> list[Cause]:
        """Lift the pauses for these causes, or all of them. Returns those that there were."""
        chosen = delete(PAUSES).where(PAUSES.c.cause.in_(causes)) if causes else delete(PAUSES)
        return sorted(Cause(row.cause) for row in self._connection.execute(chosen.returning(PAUSES.c.cause)).all())

    def current(self, now: datetime) -> list[Pause]:
        """Those that hold at this moment, the oldest first."""
        rows = self._connection.execute(_OLDEST_FIRST).all()
        found = [Pause(cause=Cause(row.cause), until=row.until, reason=row.reason, since=row.since) for row in rows]
        return [pause for pause in found if not _is_over(pause, now)]

    def longest(self, now: datetime) -> Pause | None:
        """The pause that ends last; None if the queue runs."""
        return longest(self.current(now))

    def _pause(self, cause: Cause) -> Pause | None:
        row = self._connection.execute(select(PAUSES).where(PAUSES.c.cause == cause)).one_or_none()
        return None if row is None else Pause(cause=cause, until=row.until, reason=row.reason, since=row.since)


def _is_over(pause: Pause, now: datetime) -> bool:
    return pause.until is not None and pause.until <= now


def _longer(until: datetime | None, present: datetime | None) -> bool:
    return present is not None and (until is None or until > present)
