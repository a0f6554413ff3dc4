"""Tasks: how they come into the queue, and the one place that moves them from state to state.

A move is a compare-and-set against the table of allowed moves (`bot.core.tasks.MOVES`): False means that somebody
else moved the task first. Only a claim starts one (`claims`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, insert, literal, literal_column, or_, select, true, update

from bot.adapters.store.blockers import Blockers
from bot.adapters.store.columns import Moment
from bot.adapters.store.critical_paths import CriticalPaths
from bot.adapters.store.events import NIGHTSHIFT, Events
from bot.adapters.store.part import Part, Transaction, issue_key, of_issue
from bot.adapters.store.removed_tasks import RemovedTasks
from bot.adapters.store.rows import (
    blocker_of,
    merged_into_columns,
    overrides_columns,
    snapshot_columns,
    task_of,
    verdict_columns,
)
from bot.adapters.store.schema import ATTEMPTS, BLOCKERS, TASKS, in_state
from bot.adapters.store.values import Listed
from bot.core.failure_policy import WITH_QUESTIONS
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Blocker, EventKind, Lint, MergedInto, Overrides, Priority, Snapshot, State, Task, may_move

_AS_CONFIGURED = Overrides()
_NO_RUN = {"slot": None, "worker": None, "lease_until": None}


class Tasks(Part):
    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction)
        self._events = Events(transaction)

    def find(self, issue: IssueRef) -> Task | None:
        return self._one_task(of_issue(TASKS, issue))

    def by_id(self, task_id: int) -> Task | None:
        return self._one_task(TASKS.c.id == task_id)

    def by_pull_request(self, repository: str, number: int) -> Task | None:
        return self._one_task((TASKS.c.repository == repository) & (TASKS.c.pull_request == number))

    def in_states(self, *states: State, repository: str | None = None) -> list[Task]:
        """The tasks in these states (in any state, if none is named), by repository and number."""
        wanted: ColumnElement[bool] = or_(*map(in_state, states)) if states else true()
        if repository is not None:
            wanted &= TASKS.c.repository == repository
        return self.where(wanted)

    def repositories(self) -> list[str]:
        return sorted(self._connection.execute(select(TASKS.c.repository).distinct()).scalars())

    def by_ids(self, task_ids: Collection[int]) -> list[Task]:
        """Those of them that are there."""
        return self.where(TASKS.c.id.in_(sorted(task_ids)))

    def list_all(self, repository: str) -> list[Listed]:
        """Every task of a repository, whatever its state, by number: without what takes time to read."""
        columns = (TASKS.c.number, TASKS.c.state, TASKS.c.pull_request)
        rows = self._connection.execute(select(*columns).where(TASKS.c.repository == repository))
        found = [
            Listed(
                issue=IssueRef(repository, row.number),
                state=State(row.state),
                pull_request=row.pull_request,
            )
            for row in rows
        ]
        return sorted(found, key=lambda each: each.issue)

    def with_questions(self, repository: str) -> list[Task]:
        """Those that failed or wait for their turn, and whose last attempt ended with questions, by number."""
        theirs = (ATTEMPTS.c.task_id == TASKS.c.id) & (ATTEMPTS.c.number == TASKS.c.attempts)
        asked = exists().where(theirs, ATTEMPTS.c.failure.in_(WITH_QUESTIONS))
        rests = in_state(State.FAILED) | in_state(State.QUEUED)
        return self.where((TASKS.c.repository == repository) & rests & asked)

    def in_cycles(self) -> list[Task]:
        """Those that failed because issues wait for each other. By their index: mostly there are none."""
        return self.where(in_state(State.FAILED) & (TASKS.c.failure == literal_column("'dependency_cycle'")))

    def unread(self) -> list[IssueRef]:
        """Those in the queue whose remarks are not known yet, in the order in which they came."""
        found = select(TASKS.c.repository, TASKS.c.number).where(in_state(State.QUEUED), is_unread())
        return [IssueRef(name, number) for name, number in self._connection.execute(found.order_by(TASKS.c.id))]

    def after(self, task_id: int, limit: int) -> list[tuple[int, IssueRef]]:
        """The next tasks by their ids, whatever their state."""
        found = select(TASKS.c.id, TASKS.c.repository, TASKS.c.number).where(TASKS.c.id > task_id)
        rows = self._connection.execute(found.order_by(TASKS.c.id).limit(limit))
        return [(row.id, IssueRef(row.repository, row.number)) for row in rows]

    def oldest(self, repository: str) -> datetime | None:
        """When the first of a repository's tasks came; None if there is none."""
        first = select(TASKS.c.created_at).where(TASKS.c.repository == repository).order_by(TASKS.c.created_at)
        return self._connection.scalar(first.limit(1))

    def enqueue(
        self,
        issue: IssueRef,
        *,
        snapshot: Snapshot,
        blockers: Sequence[Blocker],
        priority: Priority,
        overrides: Overrides = _AS_CONFIGURED,
        lint: Lint = Lint.NONE,
        now: datetime,
        why: str = "",
    ) -> Task:
        """Put an issue into the queue because a person asked for it: new, or again with what it says now.

        What the last run left behind is forgotten (failure, detail, automatic retries, `not_before`); attempts, the
        pushed commit and the pull request stay. A queued task keeps its place. Raises ValueError for a running task.
        """
        asked = _new_run(snapshot, priority, overrides, lint)
        known = self.find(issue)
        task_id = (
            self._insert_task(issue, asked, now) if known is None else self._queue_again(known, asked | later(now), now)
        )
        Blockers(self._transaction).replace(task_id, blockers)
        self._events.add(
            task_id,
            EventKind.QUEUED,
            source=known.state if known is not None else None,
            target=State.QUEUED,
            now=now,
            actor=snapshot.approved_by,
            why=why,
        )
        return self.demand(task_id)

    def move(
        self,
        task_id: int,
        source: State,
        target: State,
        *,
        now: datetime,
        fence: int | None = None,
        failure: FailureKind | None = None,
        detail: str | None = None,
        not_before: datetime | None = None,
        pull_request: int | None = None,
        automatic_retries: int | None = None,
        merged_into: MergedInto | None = None,
        edited: bool = False,
        actor: str = NIGHTSHIFT,
        why: str = "",
    ) -> bool:
        """Move a task from `source` to `target`; False, and nothing changed, if it is not there or the fence is old.

        A move is one event: `actor` and `why` (the failure, if left out) say by whom and what for; `edited`: people had
        added commits. `failure`, `not_before` and `merged_into` describe the new state, so None clears them. Leaving
        RUNNING frees the slot and the lease. Raises ValueError for a move that the table does not allow.
        """
        _refuse_unlisted(source, target)
        numbers = {"pull_request": pull_request, "automatic_retries": automatic_retries}
        changes = _new_state(target, failure, not_before, merged_into, now) | _select_given(detail=detail, **numbers)
        if not self._change((TASKS.c.id == task_id) & (TASKS.c.state == source), fence, changes):
            return False
        self._note_move(task_id, {source, target}, ended=fence if source is State.RUNNING else None)
        told = {**numbers, "not_before": not_before.isoformat() if not_before else None, "edited": edited or None}
        why, moved = why or (failure.value if failure else ""), EventKind.MOVED
        self._events.add(task_id, moved, source=source, target=target, now=now, actor=actor, why=why, details=told)
        return True

    def _note_move(self, task_id: int, between: set[State], *, ended: int | None) -> None:
        """`ended`: the fence of the run that ended with the move."""
        if ended is not None:
            self._transaction.ended.add(ended)
        if State.RUNNING not in between and State.QUEUED in between:
            CriticalPaths(self._transaction).note_change(task_id)

    def update(
        self,
        task_id: int,
        *,
        now: datetime,
        fence: int | None = None,
        pull_request: int | None = None,
        priority: Priority | None = None,
        snapshot: Snapshot | None = None,
        verdict: ShortVerdict | None = None,
        lint: Lint | None = None,
    ) -> bool:
        """Change what is given, in whatever state the task is. False if there is no such task or the fence is old."""
        if not self._holds(fence):
            return False
        changes = _select_given(pull_request=pull_request, priority=priority, verdict=verdict_columns(verdict))
        changes |= _select_given(lint=lint)
        changes |= later(now) | ({} if snapshot is None else {"snapshot": snapshot_columns(snapshot)})
        return self._change(TASKS.c.id == task_id, fence, changes)

    def _change(self, which: ColumnElement[bool], fence: int | None, changes: dict[str, object]) -> bool:
        if fence is not None:
            which &= TASKS.c.fence == fence
        return self._connection.execute(update(TASKS).where(which).values(changes)).rowcount == 1

    def _insert_task(self, issue: IssueRef, asked: dict[str, object], now: datetime) -> int:
        fresh = {"attempts": 0, "blocked_by": 0, "fence": 0, "created_at": now, "queued_at": now, "updated_at": now}
        RemovedTasks(self._transaction).forget(issue)
        row = insert(TASKS).values(asked | fresh | issue_key(issue)).returning(TASKS.c.id)
        return int(self._connection.execute(row).scalar_one())

    def _queue_again(self, known: Task, asked: dict[str, object], now: datetime) -> int:
        if known.state is State.RUNNING:
            raise ValueError(f"{known.issue} is running: cancel it first, or wait for its end")
        if known.state is not State.QUEUED:
            _refuse_unlisted(known.state, State.QUEUED)
            asked = asked | {"queued_at": now}
        self._change(TASKS.c.id == known.id, None, asked)
        return known.id

    def demand(self, task_id: int) -> Task:
        task = self.by_id(task_id)
        if task is None:
            raise LookupError(f"no task has the id {task_id}")
        return task

    def _one_task(self, which: ColumnElement[bool]) -> Task | None:
        return next(iter(self.where(which)), None)

    def where(self, which: ColumnElement[bool]) -> list[Task]:
        """Sorted here: an ORDER BY would lead SQLite over all rows in that order instead of to the few wanted ones,
        and PostgreSQL has its own opinion on the order of names."""
        rows = self._connection.execute(select(TASKS).where(which)).all()
        blockers = self._blockers_where(which) if rows else {}
        tasks = [task_of(row, tuple(blockers.get(row.id, ()))) for row in rows]
        return sorted(tasks, key=lambda task: task.issue)

    def _blockers_where(self, which: ColumnElement[bool]) -> dict[int, list[Blocker]]:
        theirs = select(BLOCKERS).join(TASKS, TASKS.c.id == BLOCKERS.c.task_id).where(which)
        found: dict[int, list[Blocker]] = {}
        for row in sorted(self._connection.execute(theirs), key=lambda row: int(row.position)):
            found.setdefault(row.task_id, []).append(blocker_of(row))
        return found


def is_unread() -> ColumnElement[bool]:
    """Whether there are remarks on its issue is not known yet. Spelled out as `in_state` is."""
    return TASKS.c.lint == literal_column("'unread'")


def _refuse_unlisted(source: State, target: State) -> None:
    if not may_move(source, target):
        raise ValueError(f"a task does not go from {source} to {target}")
    if target is State.RUNNING:
        raise ValueError("only claim() starts a task: it needs a lease, a slot and a fence")


def _new_state(
    target: State,
    failure: FailureKind | None,
    not_before: datetime | None,
    merged_into: MergedInto | None,
    now: datetime,
) -> dict[str, object]:
    """The columns of a task that is in this state from now on: it holds no slot and no lease."""
    described = {"state": target, "failure": failure, "not_before": not_before, **merged_into_columns(merged_into)}
    return described | later(now) | _NO_RUN | ({"queued_at": now} if target is State.QUEUED else {})


def _new_run(snapshot: Snapshot, priority: Priority, overrides: Overrides, lint: Lint) -> dict[str, object]:
    """What is asked for, and nothing of what the last run left behind."""
    texts = {"snapshot": snapshot_columns(snapshot), "overrides": overrides_columns(overrides)}
    forgotten = {"failure": None, "detail": "", "automatic_retries": 0, "not_before": None}
    asked = {**texts, "priority": priority, "lint": lint}
    return {"state": State.QUEUED, **asked, **forgotten, **merged_into_columns(None)}


def later(now: datetime) -> dict[str, object]:
    """When it changed never goes back, even if the clock does: what GitHub shows of a task is compared by it."""
    return {"updated_at": case((TASKS.c.updated_at > now, TASKS.c.updated_at), else_=literal(now, Moment))}


def _select_given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
