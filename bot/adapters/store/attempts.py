"""Attempts: one row for each session, begun when it starts and closed once, with what it came to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, insert, select, update

from bot.adapters.store.part import Part
from bot.adapters.store.rows import attempt_columns, attempt_of
from bot.adapters.store.schema import ATTEMPTS, TASKS, in_state
from bot.core.estimate import Took
from bot.core.failures import FailureKind
from bot.core.tasks import Attempt, State


class Attempts(Part):
    def start(self, task_id: int, number: int, now: datetime) -> None:
        begun = attempt_columns(Attempt(task_id=task_id, number=number, started_at=now))
        self._connection.execute(insert(ATTEMPTS).values(begun | {"note": ""}))

    def note_progress(self, task_id: int, number: int, *, turns: int, note: str, usd: float = 0.0) -> None:
        """How far the session is, for progress lines. Changes nothing once the attempt is finished."""
        open_one = (ATTEMPTS.c.task_id == task_id) & (ATTEMPTS.c.number == number) & ATTEMPTS.c.finished_at.is_(None)
        self._connection.execute(update(ATTEMPTS).where(open_one).values(turns=turns, note=note, spent_usd=usd))

    def finish(self, attempt: Attempt) -> bool:
        """Close the attempt with all that is known of it, whether or not its start was recorded.

        False if it was closed before: what a worker that lost its lease reports later does not replace the record.
        """
        if attempt.finished_at is None:
            raise ValueError(f"attempt {attempt.number} of task {attempt.task_id} has no end: set finished_at")
        columns = attempt_columns(attempt) | {"note": attempt.missing}
        row = self._insert(ATTEMPTS).values(columns)
        closing = row.on_conflict_do_update(
            index_elements=[ATTEMPTS.c.task_id, ATTEMPTS.c.number], set_=columns, where=ATTEMPTS.c.finished_at.is_(None)
        )
        return bool(self._connection.execute(closing.returning(ATTEMPTS.c.task_id)).all())

    def of(self, task_id: int) -> list[Attempt]:
        """All attempts of a task, the first one first."""
        theirs = select(ATTEMPTS).where(ATTEMPTS.c.task_id == task_id).order_by(ATTEMPTS.c.number)
        return [attempt_of(row) for row in self._connection.execute(theirs)]

    def left_open(self, before: datetime) -> list[Attempt]:
        """Attempts without an end whose task has not been running since `before`: no worker is left to close them."""
        at_rest = (TASKS.c.state != State.RUNNING) & (TASKS.c.updated_at <= before)
        theirs = select(ATTEMPTS).join(TASKS, TASKS.c.id == ATTEMPTS.c.task_id)
        return [
            attempt_of(row) for row in self._connection.execute(theirs.where(ATTEMPTS.c.finished_at.is_(None), at_rest))
        ]

    def ended_between(self, since: datetime, until: datetime) -> list[Attempt]:
        """Of all tasks, the first to end first; `until` itself is not among them."""
        ended = (ATTEMPTS.c.finished_at >= since) & (ATTEMPTS.c.finished_at < until)
        rows = self._connection.execute(select(ATTEMPTS).where(ended).order_by(ATTEMPTS.c.finished_at)).all()
        return [attempt_of(row) for row in rows]

    def last_tasks(self, limit: int) -> list[Took]:
        """What the attempts took that ended last, by task: `limit` attempts at the most."""
        last = select(ATTEMPTS.c.task_id, ATTEMPTS.c.seconds, ATTEMPTS.c.cost_usd).where(
            ATTEMPTS.c.finished_at.is_not(None)
        )
        rows = self._connection.execute(last.order_by(ATTEMPTS.c.finished_at.desc()).limit(limit)).all()
        tasks: dict[int, Took] = {}
        for row in rows:
            known = tasks.get(row.task_id, Took(0.0, 0.0))
            tasks[row.task_id] = Took(known.seconds + row.seconds, known.usd + row.cost_usd)
        return list(tasks.values())

    def last_by_repository(self, limit: int) -> list[tuple[str, float]]:
        """The repository and the seconds of the attempts that ended last."""
        last = select(ATTEMPTS.c.task_id, ATTEMPTS.c.seconds).where(ATTEMPTS.c.finished_at.is_not(None))
        ended = last.order_by(ATTEMPTS.c.finished_at.desc()).limit(limit).subquery("ended")
        found = select(TASKS.c.repository, ended.c.seconds).join(TASKS, TASKS.c.id == ended.c.task_id)
        return [(name, seconds) for name, seconds in self._connection.execute(found)]

    def running_for(self, repository: str, now: datetime) -> list[float]:
        """How long each attempt of a running task of the repository has run, in seconds."""
        theirs = select(ATTEMPTS.c.started_at).join(TASKS, TASKS.c.id == ATTEMPTS.c.task_id)
        running = in_state(State.RUNNING) & (TASKS.c.repository == repository) & ATTEMPTS.c.finished_at.is_(None)
        starts = self._connection.execute(theirs.where(running)).scalars()
        return [max((now - at).total_seconds(), 0.0) for at in starts]

    def ended_since(self, since: datetime) -> int:
        return self._connection.scalar(select(func.count()).where(ATTEMPTS.c.finished_at > since)) or 0

    def sum_spent(self, since: datetime) -> dict[str, float]:
        """What the attempts that ended since then have cost in USD, by repository."""
        sums = select(TASKS.c.repository, func.sum(ATTEMPTS.c.cost_usd)).join(TASKS, TASKS.c.id == ATTEMPTS.c.task_id)
        rows = self._connection.execute(sums.where(ATTEMPTS.c.finished_at >= since).group_by(TASKS.c.repository))
        return {str(repository): float(usd or 0.0) for repository, usd in rows}

    def find_lost(self, since: datetime) -> list[int]:
        """The tasks of attempts that were lost since then, without a report of what the session had cost; one for each
        attempt."""
        untold = (ATTEMPTS.c.failure == FailureKind.WORKER_LOST) & (ATTEMPTS.c.turns > 0) & (ATTEMPTS.c.cost_usd == 0)
        found = select(ATTEMPTS.c.task_id).where(ATTEMPTS.c.finished_at >= since, untold)
        return [int(task) for task in self._connection.execute(found).scalars()]

    def progress(self, task_id: int) -> tuple[int, str]:
        """Turns and note of the latest attempt, without a note once it has ended; (0, "") before the first."""
        latest = select(ATTEMPTS.c.turns, ATTEMPTS.c.note, ATTEMPTS.c.finished_at).where(ATTEMPTS.c.task_id == task_id)
        row = self._connection.execute(latest.order_by(ATTEMPTS.c.number.desc()).limit(1)).one_or_none()
        return (0, "") if row is None else (row.turns, row.note if row.finished_at is None else "")
