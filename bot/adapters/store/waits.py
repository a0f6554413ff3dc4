"""What waits for a moment that a clock named which was ahead, and has been set back since."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from bot.adapters.store.part import Part
from bot.adapters.store.schema import DELIVERIES, OUTBOX, PAUSES, TASKS, WRITES
from bot.core.pauses import LONGEST_LIMIT, Cause


class Waits(Part):
    def clamp(self, now: datetime, beyond: timedelta) -> None:
        """Whatever is to be tried, or was written, later than that from `now` is to be tried, or was written, now."""
        for column in (DELIVERIES.c.due_at, OUTBOX.c.due_at, TASKS.c.not_before, WRITES.c.at):
            self._connection.execute(update(column.table).where(column > now + beyond).values({column.name: now}))
        # No usage limit lasts so long: the clock was ahead, or a program wrote it that believed whatever was claimed.
        endless = (PAUSES.c.cause == Cause.USAGE_LIMIT) & (PAUSES.c.until > now + LONGEST_LIMIT)
        self._connection.execute(delete(PAUSES).where(endless))
