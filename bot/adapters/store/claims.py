"""Claims decide which task runs next. A claim is a lease with a fence, and heartbeats extend it.

The unique index on slots limits how many tasks of one repository run.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, true, update

from bot.adapters.store.claim_statements import (
    AMONG,
    BLOCKERS_OF,
    HEAD_OF_QUEUE,
    NEXT_FENCE,
    RAISED,
    REPOSITORIES_WITH_WORK,
    RUNNING,
    SNAPSHOT,
    START,
    is_ready,
)
from bot.adapters.store.critical_paths import CriticalPaths
from bot.adapters.store.events import Events
from bot.adapters.store.held_back import HeldBack
from bot.adapters.store.part import Part, Transaction
from bot.adapters.store.pauses import Pauses
from bot.adapters.store.pressure import Pressure
from bot.adapters.store.rows import blocker_of, snapshot_of, task_of
from bot.adapters.store.schema import TASKS, in_state
from bot.adapters.store.tasks import Tasks, later
from bot.adapters.store.values import Claim
from bot.core.ageing import LOW_WAITS, NORMAL_WAITS, aged_priority
from bot.core.holding_back import Behind
from bot.core.overlap import shared_file, text_of
from bot.core.tasks import EventKind, Priority, State, Task

_MOST_PASSED = 50  # tasks of a claim: each is compared with all that run in its repository
_NONE: Mapping[int, Behind] = MappingProxyType({})


class Claims(Part):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._tasks = Tasks(transaction)
        self._pauses = Pauses(transaction)
        self._events = Events(transaction)
        self._pressure = Pressure(transaction)
        self._held_back = HeldBack(transaction)
        self._paths = CriticalPaths(transaction)

    def claim(
        self,
        *,
        worker: str,
        now: datetime,
        lease: timedelta,
        per_repository: int,
        but: Collection[str] = (),
        behind: Mapping[int, Behind] = _NONE,
        full: Collection[str] = (),
    ) -> Claim | None:
        """Take the next task that may run, or None: best priority first, then the longest critical path, then first
        come.

        `per_repository` is how many tasks of one repository may run at once; `but`: repositories whose tasks have to
        wait for now; `behind`: tasks by id that let others go first, in their turn; `full`: repositories where only
        tasks may start whose pull request is open already. The last run's failure, detail and `not_before` are cleared.
        """
        if self._pauses.longest(now) is not None:
            return None
        self._paths.find_again()
        limits = _Limits(now=now, per_repository=per_repository, closed=but)
        found = self._first_that_fits(partial(self._head, limits, behind, full))
        if found is None:
            return None
        head, taken = found
        run = {"slot": _free_slot(taken), "worker": worker, "lease_until": now + lease, "now": now}
        task = self._start(head.id, run)
        self._events.add(
            task.id,
            EventKind.STARTED,
            source=State.QUEUED,
            target=State.RUNNING,
            now=now,
            details={"attempt": task.attempts, "worker": worker},
        )
        return Claim(task=task)

    def any_ready(self) -> bool:
        """Whether a task is ready to run, however long it has to wait. A look at one index, without a lock."""
        return self._connection.scalar(select(TASKS.c.id).where(is_ready()).limit(1)) is not None

    def repositories_with_work(self) -> frozenset[str]:
        """Those of tasks that are ready to run, however long they have to wait."""
        return frozenset(name for name in self._connection.execute(REPOSITORIES_WITH_WORK).scalars() if name)

    def _head(
        self, limits: _Limits, behind: Mapping[int, Behind], full: Collection[str], *, without: Collection[int] = ()
    ) -> Row[Any] | None:
        """The best of the heads: of the tasks in their usual order, of the few tasks behind them, and of those that may
        run in a full repository. So no statement sorts the whole queue."""
        raised = self.find_raised(limits.now)
        closed = limits.but(*full)
        usual = {**closed, "without": [*{*behind, *without}]}
        heads = list(self._connection.execute(HEAD_OF_QUEUE, usual))
        if others := [task_id for task_id in {**behind, **raised} if task_id not in without]:
            heads += self._connection.execute(AMONG, {**closed, "these": others})
        if full and (own := set(self._pressure.with_open_pulls(full)) - set(without)):
            heads += self._connection.execute(AMONG, {**limits.but(), "these": [*own]})
        order = order_of(behind, raised)
        return min(heads, key=lambda row: order(row.id, row.priority, row.path_seconds), default=None)

    def _first_that_fits(self, head_without: Callable[..., Row[Any] | None]) -> tuple[Row[Any], Collection[int]] | None:
        """The best task that is not likely to change a file that a running task of its repository changes too, and the
        slots that are taken there. After some that do, none is taken: the next claim looks again."""
        passed: set[int] = set()
        while len(passed) < _MOST_PASSED and (head := head_without(without=passed)) is not None:
            running = self._connection.execute(RUNNING, {"repository": head.repository}).all()
            if not self._is_held_back(head.id, running):
                return head, {row.slot for row in running}
            passed.add(head.id)
        return None

    def _is_held_back(self, task_id: int, running: Sequence[Row[Any, Any, Any]]) -> bool:
        if not running:
            return False
        own = text_of(snapshot_of(self._connection.execute(SNAPSHOT, {"task": task_id}).scalar_one()))
        for other in running:
            if file := shared_file(own, text_of(snapshot_of(other.snapshot))):
                self._held_back.keep(task_id, other.id, file)
                return True
        return False

    def find_raised(self, now: datetime) -> dict[int, Priority]:
        """What tasks count as that have waited so long that they count as more urgent: those that waited longest."""
        rows = self._connection.execute(RAISED, {"low": now - LOW_WAITS, "normal": now - NORMAL_WAITS})
        return {row.id: aged_priority(Priority(row.priority), now - row.queued_at) for row in rows}

    def place(self, task: Task, behind: Mapping[int, Behind] = _NONE, *, now: datetime | None = None) -> int | None:
        """1 for the next task of its repository to run; None for a task that is not ready. `now`: None leaves out how
        priorities age."""
        if task.state is not State.QUEUED or task.unmet or task.waits_for_go:
            return None
        raised = self.find_raised(now) if now is not None else {}
        order = order_of(behind, raised)
        mine = order(task.id, task.priority, task.path_seconds)
        apart = {*behind, *raised}
        here = is_ready() & (TASKS.c.repository == task.issue.repository)
        usual = (
            select(func.count()).where(here, TASKS.c.id.not_in(apart)) if apart else select(func.count()).where(here)
        )
        counted = replace(task, priority=raised.get(task.id, task.priority))
        before = self._connection.scalar(usual.where(_before(counted, behind.get(task.id))))
        those = select(TASKS.c.id, TASKS.c.priority, TASKS.c.path_seconds).where(here, TASKS.c.id.in_(apart))
        held = self._connection.execute(those) if apart else ()
        return 1 + int(before or 0) + sum(order(row.id, row.priority, row.path_seconds) < mine for row in held)

    def waiting_after(self, task_id: int, limit: int, only: Collection[str] | None = None) -> list[Task]:
        """The next queued tasks, blocked ones too, in the order in which they were queued. `only`: of these
        repositories; None: of all."""
        place = TASKS.c.id + 0  # so that SQLite uses the index of queued tasks, and not the primary key
        found = select(TASKS.c.id).where(in_state(State.QUEUED), place > task_id).order_by(place).limit(limit)
        if only is not None:
            found = found.where(TASKS.c.repository.in_(only))
        ids = self._connection.execute(found).scalars().all()
        return sorted(self._tasks.where(TASKS.c.id.in_(ids)), key=lambda task: task.id)

    def extend(self, task_id: int, fence: int, *, now: datetime, lease: timedelta) -> bool:
        """Extend the lease. False if the task is no longer this claim's: the worker must stop and publish nothing."""
        held = (TASKS.c.id == task_id) & (TASKS.c.fence == fence) & in_state(State.RUNNING)
        return self._connection.execute(update(TASKS).where(held).values(lease_until=now + lease)).rowcount == 1

    def take_over(self, task_id: int, *, until: datetime, worker: str, now: datetime, lease: timedelta) -> Claim | None:
        """Take a running task whose lease ended `until` then, under a new fence, without a new attempt: it goes on
        elsewhere. None if its lease was renewed meanwhile, or another worker has taken it."""
        held = (TASKS.c.id == task_id) & (TASKS.c.lease_until == until) & in_state(State.RUNNING)
        run = {"worker": worker, "lease_until": now + lease, "fence": self._connection.scalar(NEXT_FENCE)}
        if self._connection.execute(update(TASKS).where(held).values(run | later(now))).rowcount == 0:
            return None
        return Claim(task=self._tasks.demand(task_id))

    def find_expired(self, now: datetime) -> list[Task]:
        """Running tasks whose lease is over: their worker is gone, or frozen."""
        return self._tasks.where(in_state(State.RUNNING) & (TASKS.c.lease_until <= now))

    def leases(self) -> dict[int, datetime]:
        """Until when each running task is held, by its id."""
        held = select(TASKS.c.id, TASKS.c.lease_until).where(in_state(State.RUNNING))
        return {row.id: row.lease_until for row in self._connection.execute(held)}

    def _start(self, task_id: int, run: Mapping[str, object]) -> Task:
        row = self._connection.execute(START, {"task": task_id, **run}).one()
        blockers = self._connection.execute(BLOCKERS_OF, {"task": task_id})
        return task_of(row, tuple(map(blocker_of, blockers)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    """What a task has to keep to that may run now."""

    now: datetime
    per_repository: int
    closed: Collection[str]

    def but(self, *repositories: str) -> dict[str, object]:
        """As the statements take it, with further repositories where nothing may start."""
        return {"now": self.now, "per_repository": self.per_repository, "but": [*self.closed, *repositories]}


def _free_slot(taken: Collection[int]) -> int:
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)


def order_of(
    behind: Mapping[int, Behind], raised: Mapping[int, Priority]
) -> Callable[[int, int, int], tuple[bool, int, int, int, int]]:
    """For a task's id, priority and critical path: lower runs first. Those that let others go first run
    in the order of `behind`."""
    turns = {task_id: turn for turn, task_id in enumerate(behind, 1)}
    return lambda task_id, priority, path: (
        behind.get(task_id) is Behind.QUEUE,
        raised.get(task_id, priority),
        turns.get(task_id, 0),
        -path,
        task_id,
    )


def _before(task: Task, place: Behind | None) -> ColumnElement[bool]:
    """Those that stand where they came in, and run before this task, which stands at `place`."""
    if place is Behind.QUEUE:
        return true()
    same = TASKS.c.priority == task.priority
    path = TASKS.c.path_seconds
    longer = (path > task.path_seconds) | ((path == task.path_seconds) & (TASKS.c.id < task.id))
    return (TASKS.c.priority < task.priority) | (same if place else same & longer)
