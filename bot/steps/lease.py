"""A worker's hold on a task while it runs: heartbeats, and the answer to "may I go on?".

Heartbeats come from a separate thread, because a clone of a large repository or a canary takes minutes. They show that
the process runs; the time limit and the watchdog of the session judge whether the work makes progress.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from bot.adapters.store import Store
from bot.core.failures import FailureKind, TaskFailed
from bot.core.tasks import State, Task

_GLANCE = 0.25  # seconds between two checks during a wait
TAKEN_OVER = "another worker took the task over, or it was cancelled, while this attempt ran"
_NOTICED = 2.0  # seconds until a session stops after its task was taken away


@dataclass(slots=True, kw_only=True)
class Lease:
    """Extends the lease several times within its length, as long as the `with` block lasts. After the lease is lost,
    the fence refuses every write of the publication."""

    store: Store
    task: Task
    length: timedelta
    clock: Callable[[], datetime]
    stopping: Callable[[], bool]
    monotonic: Callable[[], float]
    _reason: FailureKind | None = None
    _trouble: Exception | None = None
    _over: threading.Event = field(default_factory=threading.Event)
    _heart: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self._heart = threading.Thread(target=self._live, name=f"lease of {self.task.issue}", daemon=True)

    def __enter__(self) -> Self:
        self._heart.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._over.set()
        self._heart.join()

    def reason_to_stop(self) -> FailureKind | None:
        """Why the session has to stop now, or None. Cheap enough to be asked several times a second."""
        if self._trouble is not None:
            raise self._trouble
        return FailureKind.WORKER_LOST if self.stopping() else self._reason

    def confirm(self) -> None:
        """Raise TaskFailed unless the task still belongs to this claim: the last check before publishing.

        A worker that is asked to stop meanwhile still publishes: that takes seconds, and the session is paid for.
        """
        reason = self._beat()
        if reason is not None:
            raise TaskFailed(reason, TAKEN_OVER)

    def wait(self, seconds: float) -> None:
        """Wait. Raises TaskFailed as soon as the work has to stop; the next worker continues from the record."""
        until = self.monotonic() + seconds
        while (left := until - self.monotonic()) > 0:
            reason = self.reason_to_stop()
            if reason is not None:
                raise TaskFailed(reason, "the worker was stopped, or lost the task, while it waited for GitHub")
            self._over.wait(min(left, _GLANCE))

    def _live(self) -> None:
        """Beat until the block ends or the task is lost. `reason_to_stop` raises an error of this thread."""
        try:
            while self._reason is None and not self._over.wait(min(_NOTICED, self.length.total_seconds() / 4)):
                self._reason = self._beat()
        except Exception as error:  # noqa: BLE001 - handed to the thread that works
            self._trouble = error

    def _beat(self) -> FailureKind | None:
        now = self.clock()
        with self.store.transaction() as ledger:
            if ledger.claims.extend(self.task.id, self.task.fence, now=now, lease=self.length):
                return None
            task = ledger.tasks.by_id(self.task.id)
        cancelled = task is not None and task.state is State.CANCELLED
        return FailureKind.CANCELLED if cancelled else FailureKind.WORKER_LOST
