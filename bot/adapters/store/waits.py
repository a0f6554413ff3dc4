"""Waits whose end was computed by a clock that was ahead and has been set back since."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from bot.adapters.store.part import Part
from bot.adapters.store.schema import DELIVERIES, OUTBOX, PAUSES, TASKS, WRITES
from bot.core.pauses import LONGEST_LIMIT, Cause


class Waits(Part):
    def clamp_waits_after_clock_jump(self, now: datetime, beyond: timedelta) -> None:
        """Make due now what is due later than `beyond` from now, and date back writes of later than that."""
        for column in (DELIVERIES.c.due_at, OUTBOX.c.due_at, TASKS.c.not_before, WRITES.c.at):
            self._connection.execute(update(column.table).where(column > now + beyond).values({column.name: now}))
        # No usage limit lasts so long: the clock was ahead, or an older program believed any claimed time.
        endless = (PAUSES.c.cause == Cause.USAGE_LIMIT) & (PAUSES.c.until > now + LONGEST_LIMIT)
        self._connection.execute(delete(PAUSES).where(endless))
