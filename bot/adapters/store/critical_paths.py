"""The critical path of each task, kept in its row, so that a claim goes by an index.

A change of who waits for whom only notes that the paths are no longer known; the next claim computes all of them once,
however many changes there were. That a task is completed changes none: what it waited for is over, and what waits
for it has its path already.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import bindparam, exists, false, literal_column, select, union_all, update

from bot.adapters.store.attempts import Attempts
from bot.adapters.store.part import Part
from bot.adapters.store.queue_state import QueueState
from bot.adapters.store.schema import ATTEMPTS, BLOCKERS, TASKS, in_state
from bot.core.critical_path import USUAL_SECONDS, critical_paths
from bot.core.estimate import median
from bot.core.references import IssueRef
from bot.core.tasks import State

_HISTORY = 100  # attempts that an estimate is made from


class CriticalPaths(Part):
    def note_change(self, task_id: int) -> None:
        """The task came into the queue, left it, or waits for other issues than before."""
        named = exists().where(BLOCKERS.c.repository == TASKS.c.repository, BLOCKERS.c.number == TASKS.c.number)
        waits = exists().where(BLOCKERS.c.task_id == TASKS.c.id)
        concerned = select(TASKS.c.id).where(TASKS.c.id == task_id, (TASKS.c.path_seconds > 0) | named | waits)
        state = QueueState(self._transaction)
        if state.are_paths_known() and self._connection.scalar(concerned) is not None:
            state.keep_paths_known(known=False)

    def find_again(self) -> None:
        """Compute them, if something changed since they were computed last."""
        state = QueueState(self._transaction)
        if state.are_paths_known():
            return
        state.keep_paths_known(known=True)
        own, usual = self._own_seconds(), self._usual_seconds()
        overall = median(usual.values()) if usual else USUAL_SECONDS
        paths = critical_paths(self._waits(), lambda issue: own.get(issue) or usual.get(issue.repository) or overall)
        self._keep({issue: max(round(path), 1) for issue, path in paths.items()})

    def _waits(self) -> list[tuple[IssueRef, IssueRef]]:
        """Each blocker that is not met, with the queued task that waits for it."""
        columns = (BLOCKERS.c.repository, BLOCKERS.c.number, TASKS.c.repository, TASKS.c.number)
        waiting = select(*columns).join(TASKS, TASKS.c.id == BLOCKERS.c.task_id)
        waiting = waiting.where(in_state(State.QUEUED), TASKS.c.blocked_by > literal_column("0"))
        rows = self._connection.execute(waiting.where(BLOCKERS.c.met == false()))
        return [(IssueRef(name, number), IssueRef(own_name, own)) for name, number, own_name, own in rows]

    def _own_seconds(self) -> dict[IssueRef, float]:
        """What the last attempt of a queued task took: it is known better than others are."""
        found = select(TASKS.c.repository, TASKS.c.number, ATTEMPTS.c.seconds)
        last = (ATTEMPTS.c.task_id == TASKS.c.id) & (ATTEMPTS.c.number == TASKS.c.attempts)
        rows = self._connection.execute(found.join(ATTEMPTS, last).where(in_state(State.QUEUED)))
        return {IssueRef(name, number): seconds for name, number, seconds in rows}

    def _usual_seconds(self) -> dict[str, float]:
        """The median of the last tasks, by repository."""
        taken: dict[str, list[float]] = {}
        for repository, seconds in Attempts(self._transaction).last_by_repository(_HISTORY):
            taken.setdefault(repository, []).append(seconds)
        return {repository: median(each) for repository, each in taken.items()}

    def _keep(self, paths: Mapping[IssueRef, int]) -> None:
        """Only what differs is written: mostly one chain became longer. A task that runs may be queued again."""
        kept = select(TASKS.c.id, TASKS.c.repository, TASKS.c.number, TASKS.c.path_seconds)
        each = (kept.where(in_state(state)) for state in (State.QUEUED, State.RUNNING))  # each by its index
        rows = self._connection.execute(union_all(*each)).all()
        wanted = {row.id: paths.get(IssueRef(row.repository, row.number), 0) for row in rows}
        changed = [{"known": row.id, "path": wanted[row.id]} for row in rows if wanted[row.id] != row.path_seconds]
        if changed:
            one = update(TASKS).where(TASKS.c.id == bindparam("known")).values(path_seconds=bindparam("path"))
            self._connection.execute(one, changed)
