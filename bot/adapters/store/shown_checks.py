"""The check runs that pull requests show, and what is shown of attempts at work. Both are deleted with their task."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, Integer, Table, Text, delete, select

from bot.adapters.store.columns import Moment, Words
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.adapters.store.values import CheckShown
from bot.core.live_attempt import NOT_LIVE, LiveAttempt

SHOWN_CHECKS = Table(
    "shown_checks",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("run", BigInteger),
    Column("head", Text),
    Column("reference", Text),
    Column("status", Text),
    Column("has_buttons", Boolean),
    Column("digest", Text),
    Column("shown_at", Moment),
)
LIVE_ATTEMPTS = Table(
    "live_attempts",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("number", Integer),
    Column("turns", Integer),
    Column("cost_usd", Double),
    Column("lines", JSON),
    Column("began_at", Moment),
    Column("pressed", Words),
    Column("pressed_at", Integer),
)


class ShownCheckRows(Part):
    def of(self, task_id: int) -> dict[str, CheckShown]:
        """By name."""
        rows = self._connection.execute(select(SHOWN_CHECKS).where(SHOWN_CHECKS.c.task_id == task_id))
        return {row.name: CheckShown(**{key: row._mapping[key] for key in CheckShown.__slots__}) for row in rows}

    def last_update(self, task_id: int) -> datetime | None:
        """When one of them was last made or changed."""
        times = select(SHOWN_CHECKS.c.shown_at).where(SHOWN_CHECKS.c.task_id == task_id)
        return self._connection.scalar(times.order_by(SHOWN_CHECKS.c.shown_at.desc()).limit(1))

    def keep(self, task_id: int, name: str, shown: CheckShown) -> None:
        values = {key: getattr(shown, key) for key in CheckShown.__slots__}
        self._put(SHOWN_CHECKS, {"task_id": task_id, "name": name}, values)

    def forget(self, task_id: int, name: str) -> None:
        theirs = (SHOWN_CHECKS.c.task_id == task_id) & (SHOWN_CHECKS.c.name == name)
        self._connection.execute(delete(SHOWN_CHECKS).where(theirs))


class LiveAttempts(Part):
    def of(self, task_id: int) -> LiveAttempt:
        row = self._connection.execute(select(LIVE_ATTEMPTS).where(LIVE_ATTEMPTS.c.task_id == task_id)).one_or_none()
        if row is None:
            return NOT_LIVE
        found = {key: row._mapping[key] for key in LiveAttempt.__slots__}
        return LiveAttempt(**{**found, "lines": tuple(map(str, row.lines))})

    def keep(self, task_id: int, live: LiveAttempt) -> None:
        values = {key: getattr(live, key) for key in LiveAttempt.__slots__}
        self._put(LIVE_ATTEMPTS, {"task_id": task_id}, {**values, "lines": list(live.lines)})
