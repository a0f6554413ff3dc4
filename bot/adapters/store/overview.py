"""Parts of what there is, for pages: as many tasks as a page shows, found by an index, however many there are.

`readable` names the repositories that may be shown; None: all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, true

from bot.adapters.store.claim_statements import QUEUE_ORDER, is_ready
from bot.adapters.store.claims import Claims, order_of
from bot.adapters.store.events import IS_MOVE
from bot.adapters.store.part import Part
from bot.adapters.store.schema import ATTEMPTS, EVENTS, TASKS, in_state, is_unblocked
from bot.adapters.store.tasks import Tasks
from bot.core.holding_back import Behind
from bot.core.tasks import State, Task

Readable = frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of attempts that have ended."""

    attempts: int = 0
    turns: int = 0
    usd: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """The attempt of a task at work. `note`: what it does, masked; `usd`: what its sessions have cost so far."""

    number: int
    started_at: datetime
    turns: int
    note: str
    usd: float


class Overview(Part):
    def counts(self, readable: Readable = None) -> dict[str, int]:
        """How many tasks are in each state; every state is named. This alone serves the public page."""
        counted = select(TASKS.c.state, func.count()).where(may_show(readable)).group_by(TASKS.c.state)
        return {state.value: 0 for state in State} | {row[0]: row[1] for row in self._connection.execute(counted)}

    def newest(
        self, state: State, *, limit: int, offset: int = 0, since: datetime | None = None, readable: Readable = None
    ) -> list[Task]:
        """The tasks of a state, those that changed last first. `since`: only those that changed since then."""
        found = select(TASKS.c.id).where(in_state(state), may_show(readable))
        if since is not None:
            found = found.where(TASKS.c.updated_at >= since)
        return self._read(found.order_by(TASKS.c.updated_at.desc()).limit(limit).offset(offset))

    def upcoming(
        self,
        now: datetime,
        behind: Mapping[int, Behind],
        *,
        limit: int,
        offset: int = 0,
        readable: Readable = None,
    ) -> list[Task]:
        """What is ready, in the order in which it runs, as far as repositories and pauses allow."""
        raised = Claims(self._transaction).find_raised(now)
        apart, order = {*behind, *raised}, order_of(behind, raised)
        which = select(TASKS.c.id, TASKS.c.priority, TASKS.c.path_seconds).where(is_ready(), may_show(readable))
        usual = which.where(TASKS.c.id.not_in(apart)) if apart else which
        rows = list(self._connection.execute(usual.order_by(*QUEUE_ORDER).limit(offset + limit)))
        if apart:
            rows += self._connection.execute(which.where(TASKS.c.id.in_(apart)))
        rows.sort(key=lambda row: order(row.id, row.priority, row.path_seconds))
        return self._in_order([row.id for row in rows[offset : offset + limit]])

    def waiting(self, *, limit: int, offset: int = 0, readable: Readable = None) -> list[Task]:
        """What is queued and not ready: it waits for another issue or for a person. First come, first shown."""
        unready = or_(~is_unblocked(), TASKS.c.lint.in_([literal_column("'waits'"), literal_column("'unread'")]))
        found = select(TASKS.c.id).where(in_state(State.QUEUED), unready, may_show(readable))
        return self._read(found.order_by(TASKS.c.queued_at).limit(limit).offset(offset))

    def find_blocked(self, *, limit: int, readable: Readable = None) -> list[Task]:
        """Queued tasks that wait for another issue, by repository and number."""
        found = select(TASKS.c.id).where(in_state(State.QUEUED), TASKS.c.blocked_by > literal_column("0"))
        order = (TASKS.c.repository, TASKS.c.number)
        return self._read(found.where(may_show(readable)).order_by(*order).limit(limit))

    def sums(self, task_ids: Collection[int]) -> dict[int, Sums]:
        """What the attempts of these tasks took so far, by task."""
        sums = select(ATTEMPTS.c.task_id, *_SUMS).where(ATTEMPTS.c.task_id.in_(sorted(task_ids)))
        rows = self._connection.execute(sums.group_by(ATTEMPTS.c.task_id))
        return {row[0]: _sums(*row[1:]) for row in rows}

    def sum_ended(self, since: datetime, until: datetime, readable: Readable = None) -> Sums:
        """Of the attempts that ended in this time."""
        ended = select(*_SUMS).where(ATTEMPTS.c.finished_at >= since, ATTEMPTS.c.finished_at < until)
        if readable is not None:
            ended = ended.join(TASKS, TASKS.c.id == ATTEMPTS.c.task_id).where(may_show(readable))
        return _sums(*self._connection.execute(ended).one())

    def live(self) -> dict[int, LiveRun]:
        """The attempts that have not ended, by task; the last one of each."""
        names = ("number", "started_at", "turns", "note", "spent_usd")
        found = select(ATTEMPTS.c.task_id, *(ATTEMPTS.c[name] for name in names))
        rows = self._connection.execute(found.where(ATTEMPTS.c.finished_at.is_(None)).order_by(ATTEMPTS.c.number))
        return {
            row.task_id: LiveRun(
                number=row.number, started_at=row.started_at, turns=row.turns, note=row.note, usd=row.spent_usd
            )
            for row in rows
        }

    def find_moved(self, task_ids: Collection[int], since: datetime) -> dict[int, datetime]:
        """When each of these tasks came to its last state, if that was since then."""
        last = select(EVENTS.c.task_id, func.max(EVENTS.c.at)).where(EVENTS.c.task_id.in_(sorted(task_ids)))
        moves = last.where(EVENTS.c.at >= since, IS_MOVE)
        return {row[0]: row[1] for row in self._connection.execute(moves.group_by(EVENTS.c.task_id))}

    def _read(self, found: Select[int]) -> list[Task]:
        return self._in_order(list(self._connection.execute(found).scalars()))

    def _in_order(self, task_ids: Collection[int]) -> list[Task]:
        tasks = {task.id: task for task in Tasks(self._transaction).by_ids(task_ids)} if task_ids else {}
        return [tasks[task_id] for task_id in task_ids]


_SUMS = (
    func.count(),
    func.sum(ATTEMPTS.c.turns),
    func.sum(ATTEMPTS.c.cost_usd),
    func.sum(ATTEMPTS.c.seconds),
)


def _sums(attempts: int, turns: int | None, usd: float | None, seconds: float | None) -> Sums:
    return Sums(attempts=attempts, turns=turns or 0, usd=usd or 0.0, seconds=seconds or 0.0)


def may_show(readable: Readable) -> ColumnElement[bool]:
    name = TASKS.c.repository + ""  # so that SQLite uses the index of the state, and not that of issues
    return true() if readable is None else name.in_(sorted(readable))
