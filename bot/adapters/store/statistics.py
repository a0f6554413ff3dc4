"""Figures over all tasks: how many tasks are where, what the sessions took, what waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, func, select

from bot.adapters.store.events import Events
from bot.adapters.store.outbox import OutboxRows
from bot.adapters.store.part import Part
from bot.adapters.store.schema import ATTEMPTS, TASKS, in_state
from bot.core.tasks import State


class Statistics(Part):
    def read(self, now: datetime) -> dict[str, Any]:
        """`tasks` by state (every state), `reached_last_day`: how often a task came to each state in the last 24 hours,
        `failures` by kind of the tasks that are failed now, sums over all attempts, median and 90th percentile of
        finished attempts' seconds, what waits, and what GitHub refused for good (`unsaid`). None where there is nothing
        yet."""
        sums = select(func.count(), func.sum(ATTEMPTS.c.turns), func.sum(ATTEMPTS.c.cost_usd)).select_from(ATTEMPTS)
        outbox = OutboxRows(self._transaction)
        attempts, turns, cost = self._connection.execute(sums).one()
        return {
            "tasks": self.counts(),
            "reached_last_day": Events(self._transaction).reached_since(now - timedelta(days=1)),
            "failures": self._counts(TASKS.c.failure, only=State.FAILED),
            "attempts": attempts,
            "turns": turns or 0,
            "cost_usd": round(cost or 0.0, 6),
            "median_seconds": self._percentile(50),
            "p90_seconds": self._percentile(90),
            "outbox": outbox.size(),
            "unsaid": len(outbox.given_up()),
            "oldest_queued_seconds": self._oldest_queued(now),
        }

    def counts(self) -> dict[str, int]:
        """How many tasks are in each state; every state is named. This alone serves the public page."""
        return {state.value: 0 for state in State} | self._counts(TASKS.c.state)

    def _counts(self, column: Column[Any], only: State | None = None) -> dict[str, int]:
        counted = select(column, func.count()).group_by(column).order_by(column)
        if only is not None:
            counted = counted.where(in_state(only))
        return {str(name): count for name, count in self._connection.execute(counted)}

    def _percentile(self, percent: int) -> float | None:
        """The smallest value that at least `percent` in a hundred do not exceed."""
        finished = ATTEMPTS.c.finished_at.is_not(None)
        count = self._connection.scalar(select(func.count()).select_from(ATTEMPTS).where(finished)) or 0
        rank = max(-(-count * percent // 100) - 1, 0)
        nth = select(ATTEMPTS.c.seconds).where(finished).order_by(ATTEMPTS.c.seconds).offset(rank).limit(1)
        return self._connection.scalar(nth)

    def _oldest_queued(self, now: datetime) -> float | None:
        since = self._connection.scalar(select(func.min(TASKS.c.queued_at)).where(in_state(State.QUEUED)))
        return None if since is None else (now - since).total_seconds()
