"""What happened to each task: one row for each move, written in the transaction of the move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy import Row, func, insert, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import EVENTS
from bot.core.tasks import EventKind, State, TaskEvent

NIGHTSHIFT = "nightshift"
"""The actor of what no person did."""
_NO_DETAILS: Mapping[str, object] = MappingProxyType({})

_ADD = insert(EVENTS)  # built once


class Events(Part):
    def add(
        self,
        task_id: int,
        kind: EventKind,
        *,
        source: State | None,
        target: State,
        now: datetime,
        actor: str = NIGHTSHIFT,
        why: str = "",
        details: Mapping[str, object] = _NO_DETAILS,
    ) -> None:
        """Called by the parts that change a task; what is None in `details` is left out."""
        known = {name: value for name, value in details.items() if value is not None}
        row = {"task_id": task_id, "at": now, "kind": kind, "source": source, "target": target, "why": why}
        self._connection.execute(_ADD, row | {"actor": actor or NIGHTSHIFT, "details": known})

    def of(self, task_id: int) -> list[TaskEvent]:
        """A task's events in the order in which they were written."""
        theirs = select(EVENTS).where(EVENTS.c.task_id == task_id).order_by(EVENTS.c.id)
        return [_event(row) for row in self._connection.execute(theirs)]

    def reached_since(self, since: datetime) -> dict[str, int]:
        """How often a task came to each state since then, by state."""
        counted = select(EVENTS.c.target, func.count()).where(EVENTS.c.at >= since, EVENTS.c.kind.in_(_MOVES))
        rows = self._connection.execute(counted.group_by(EVENTS.c.target).order_by(EVENTS.c.target))
        return {str(state): count for state, count in rows}

    def moved_since(self, since: datetime) -> dict[int, datetime]:
        """When each task that came to a state since then came to its last one, by its id.

        Grouped here: a GROUP BY would lead SQLite over the events of all times.
        """
        theirs = select(EVENTS.c.task_id, EVENTS.c.at).where(EVENTS.c.at >= since, IS_MOVE).order_by(EVENTS.c.at)
        return {row.task_id: row.at for row in self._connection.execute(theirs)}


_MOVES = (EventKind.QUEUED, EventKind.STARTED, EventKind.MOVED)
IS_MOVE = EVENTS.c.kind.in_((*_MOVES, EventKind.RESTORED))
"""Of an event by which a task came to a state."""


def _event(row: Row[tuple[object, ...]]) -> TaskEvent:
    return TaskEvent(
        at=row.at,
        kind=EventKind(row.kind),
        source=None if row.source is None else State(row.source),
        target=State(row.target),
        actor=row.actor,
        why=row.why,
        details=row.details,
    )
