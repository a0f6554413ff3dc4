"""A worker's hold on a task while it runs: heartbeats, and the answer to "may I go on?"."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from bot.adapters.store import Store
from bot.core.failures import FailureKind, TaskFailed
from bot.core.tasks import State, Task


class Lease:
    """Extends the lease a few times within its length. Whoever lost it publishes nothing: the fence sees to it."""

    def __init__(
        self,
        store: Store,
        task: Task,
        *,
        length: timedelta,
        clock: Callable[[], datetime],
        stopping: Callable[[], bool],
    ) -> None:
        self.task = task
        self._store = store
        self._length = length
        self._clock = clock
        self._stopping = stopping
        self._beat_at = clock()

    def reason_to_stop(self) -> FailureKind | None:
        """Why the session has to stop now, or None. Cheap enough to be asked several times a second."""
        if self._stopping():
            return FailureKind.WORKER_LOST
        if self._clock() - self._beat_at < self._length / 4:
            return None
        return self._beat()

    def confirm(self) -> None:
        """Raise TaskFailed unless the task is still ours at this moment: the last word before publishing."""
        reason = FailureKind.WORKER_LOST if self._stopping() else self._beat()
        if reason is not None:
            raise TaskFailed(reason, "the task was taken away while it ran")

    def _beat(self) -> FailureKind | None:
        now = self._clock()
        with self._store.transaction() as ledger:
            if ledger.heartbeat(self.task.id, self.task.fence, now=now, lease=self._length):
                self._beat_at = now
                return None
            task = ledger.task_by_id(self.task.id)
        cancelled = task is not None and task.state is State.CANCELLED
        return FailureKind.CANCELLED if cancelled else FailureKind.WORKER_LOST
