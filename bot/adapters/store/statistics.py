"""Figures over all tasks: how many tasks are where, what the sessions took, what waits; once for people, once for
monitoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, and_, case, func, literal, select

from bot.adapters.store.events import Events
from bot.adapters.store.outbox import OutboxRows
from bot.adapters.store.overview import Overview
from bot.adapters.store.part import Part
from bot.adapters.store.pressure_tables import HELD_BACK
from bot.adapters.store.schema import ATTEMPTS, DELIVERIES, OUTBOX, TASKS, WRITES, in_state
from bot.core.tasks import State

DURATIONS = (60, 300, 900, 1800, 3600, 7200)
"""Upper limits in seconds of the groups that attempts are counted in."""

_SUMS = ("seconds", "claude_seconds", "turns", "cost_usd", "asked", "granted", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """So many, and for how many seconds the oldest of them has waited."""

    count: int
    oldest: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFigures:
    """Of those that have ended with `outcome` and `failure` (empty for none). `within`: how many took at most so many
    seconds, in the order of DURATIONS; `sums`: by the names of columns."""

    outcome: str
    failure: str
    count: int
    within: Sequence[int]
    sums: Mapping[str, float]


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
            "tasks": Overview(self._transaction).counts(),
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


class Figures(Part):
    """For monitoring: how much waits and why, what runs, what attempts came to and cost, what is unsent."""

    def tasks(self) -> dict[tuple[str, str], int]:
        """By repository and state."""
        counted = select(TASKS.c.repository, TASKS.c.state, func.count())
        rows = self._connection.execute(counted.group_by(TASKS.c.repository, TASKS.c.state))
        return {(repository, state): count for repository, state, count in rows}

    def queue(self, now: datetime) -> dict[str, Backlog]:
        """By why a queued task does not run: it is `blocked`, waits for a time (`later`) or for a task that changes the
        same file (`held`), or is `ready`."""
        held = select(HELD_BACK.c.task_id).where(HELD_BACK.c.task_id == TASKS.c.id).exists()
        reason = case(
            (TASKS.c.blocked_by > 0, "blocked"), (TASKS.c.not_before > now, "later"), (held, "held"), else_="ready"
        )
        return self._count_waiting(reason, TASKS.c.queued_at, now, in_state(State.QUEUED))

    def outbox(self, now: datetime) -> dict[str, Backlog]:
        """By the kind of message: what is unsent."""
        return self._count_waiting(OUTBOX.c.kind, OUTBOX.c.posted_at, now, OUTBOX.c.due_at.is_not(None))

    def leases(self, now: datetime) -> dict[str, int]:
        """Of the tasks that run: `held`, and `expired` where a worker has not extended its own in time."""
        is_over = case((TASKS.c.lease_until < now, "expired"), else_="held")
        counted = select(is_over, func.count()).where(in_state(State.RUNNING)).group_by(is_over)
        counts = {str(name): int(count) for name, count in self._connection.execute(counted)}
        return {name: counts.get(name, 0) for name in ("held", "expired")}

    def deliveries(self) -> int:
        """How many webhooks were received and not processed yet."""
        waiting = select(func.count()).where(DELIVERIES.c.due_at.is_not(None), DELIVERIES.c.done_at.is_(None))
        return self._connection.scalar(waiting) or 0

    def writes(self, now: datetime) -> int:
        """How many writes to GitHub were made in the last hour."""
        return self._connection.scalar(select(func.count()).where(WRITES.c.at > now - timedelta(hours=1))) or 0

    def attempts(self) -> list[AttemptFigures]:
        ended, failure = ATTEMPTS.c.finished_at.is_not(None), func.coalesce(ATTEMPTS.c.failure, literal(""))
        within = [func.sum(case((ATTEMPTS.c.seconds <= limit, 1), else_=0)) for limit in DURATIONS]
        sums = [func.coalesce(func.sum(ATTEMPTS.c[name]), 0) for name in _SUMS]
        asked = select(ATTEMPTS.c.outcome, failure, func.count(), *within, *sums).where(ended)
        rows = self._connection.execute(asked.group_by(ATTEMPTS.c.outcome, failure))
        return [_read_figures(row) for row in rows]

    def _count_waiting(
        self, by: ColumnElement[Any], since: ColumnElement[datetime], now: datetime, *where: ColumnElement[bool]
    ) -> dict[str, Backlog]:
        counted = select(by, func.count(), func.min(since)).where(and_(*where)).group_by(by)
        return {
            name: Backlog(count=count, oldest=max((now - oldest).total_seconds(), 0.0) if oldest is not None else 0.0)
            for name, count, oldest in self._connection.execute(counted)
        }


def _read_figures(row: Row[Any]) -> AttemptFigures:
    outcome, failure, count, *rest = tuple(row)
    within, sums = rest[: len(DURATIONS)], rest[len(DURATIONS) :]
    return AttemptFigures(
        outcome=outcome or "", failure=failure, count=count, within=within, sums=dict(zip(_SUMS, sums, strict=True))
    )
