"""The pause of the whole queue: while it lasts, no task is claimed. What runs already runs on."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, insert, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import PAUSE
from bot.adapters.store.values import Pause

_ONLY = 1


class PauseOfQueue(Part):
    def pause(self, *, until: datetime | None, reason: str, now: datetime) -> None:
        """Hold the queue back until then (None: until `resume`). A pause that lasts longer already stays as it is,
        so that a usage limit's reset does not end the pause that a person asked for."""
        present = self.paused(now)
        if present is not None and not _longer(until, present.until):
            return
        self.resume()
        self._connection.execute(insert(PAUSE).values(id=_ONLY, until=until, reason=reason, since=now))

    def resume(self) -> None:
        self._connection.execute(delete(PAUSE))

    def paused(self, now: datetime) -> Pause | None:
        row = self._connection.execute(select(PAUSE)).one_or_none()
        if row is None or (row.until is not None and row.until <= now):
            return None
        return Pause(until=row.until, reason=row.reason, since=row.since)


def _longer(until: datetime | None, present: datetime | None) -> bool:
    if present is None:
        return False
    return until is None or until > present
