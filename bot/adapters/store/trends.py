"""Figures of the last days, a row for each day: for plots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from bot.adapters.store.overview import Readable, may_show
from bot.adapters.store.part import Part
from bot.adapters.store.schema import ATTEMPTS, EVENTS, TASKS
from bot.core.tasks import EventKind, State


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedAttempt:
    """What a plot needs of an attempt. `waited`: how long its task had been known when its first attempt began, in
    seconds; None for a later attempt."""

    day: date
    outcome: str
    turns: int
    usd: float
    waited: float | None


class Trends(Part):
    def attempts(self, since: datetime, *, most: int, readable: Readable = None) -> Sequence[EndedAttempt]:
        """Those that ended since then; `most`: the last ones."""
        names = ("finished_at", "started_at", "number", "outcome", "failure", "turns", "cost_usd")
        found = select(*(ATTEMPTS.c[name] for name in names), TASKS.c.created_at)
        found = found.join(TASKS, TASKS.c.id == ATTEMPTS.c.task_id).where(ATTEMPTS.c.finished_at >= since)
        rows = self._connection.execute(
            found.where(may_show(readable)).order_by(ATTEMPTS.c.finished_at.desc()).limit(most)
        )
        return [
            EndedAttempt(
                day=row.finished_at.date(),
                outcome=row.failure or row.outcome or "ended",
                turns=row.turns,
                usd=row.cost_usd,
                waited=max((row.started_at - row.created_at) / timedelta(seconds=1), 0.0) if row.number == 1 else None,
            )
            for row in rows
        ]

    def find_days(self, state: State, since: datetime, *, readable: Readable = None) -> list[tuple[date, bool]]:
        """The days on which a task came to this state, once for each time; with whether people had added commits."""
        found = select(EVENTS.c.at, EVENTS.c.details).where(EVENTS.c.at >= since, EVENTS.c.target == state.value)
        found = found.where(EVENTS.c.kind.in_([EventKind.MOVED.value]))
        if readable is not None:
            found = found.join(TASKS, TASKS.c.id == EVENTS.c.task_id).where(may_show(readable))
        return [(at.date(), details.get("edited") is True) for at, details in self._connection.execute(found)]

    def cost_of_merged(self, since: datetime, *, readable: Readable = None) -> tuple[int, float]:
        """How many tasks whose pull request was merged since then, and what all their attempts cost."""
        merged = select(EVENTS.c.task_id).where(EVENTS.c.at >= since, EVENTS.c.target == State.DONE.value)
        sums = select(func.count(ATTEMPTS.c.task_id.distinct()), func.sum(ATTEMPTS.c.cost_usd))
        found = sums.join(TASKS, TASKS.c.id == ATTEMPTS.c.task_id).where(
            ATTEMPTS.c.task_id.in_(merged), may_show(readable)
        )
        count, usd = self._connection.execute(found).one()
        return count, usd or 0.0
