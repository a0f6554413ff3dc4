"""Recovery: queues the tasks of lost workers again, and removes the folders that they left on this host.

Several workers may share a data folder. Recovery changes only what provably belongs to no running worker, and one thing
at a time: one task, one attempt, one folder.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.outcomes import as_failure, next_state
from bot.core.tasks import Attempt, State, Task
from bot.steps.clearing import remove_folder
from bot.steps.dependents import show_dependents
from bot.steps.speaking import end_speaking

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A running task whose worker is lost. `until`: the end of the lease that was not renewed."""

    task: int
    until: datetime


@dataclass(slots=True, kw_only=True)
class Recovery:
    """`attempts_folder` holds one folder for each running attempt; `lease`: how long a claim lasts; `monotonic`:
    seconds, from a clock that is never set."""

    store: Store
    attempts_folder: Path
    lease: timedelta
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _seen: dict[tuple[int, datetime], float] = field(default_factory=dict)  # when a lease was first seen with this end

    def find_lost(self, but: Collection[int] = ()) -> list[Lost]:
        """The tasks of lost workers.

        `but`: the tasks that the caller runs itself. Their leases can be over for a moment after the clock has jumped
        or the host has slept, and a second session must not start beside the first.
        """
        now = self.clock()
        with self.store.read() as ledger:
            leases = ledger.claims.leases()
        over = {task for task, until in leases.items() if until <= now} | self._not_renewed(leases)
        return [Lost(task=task, until=leases[task]) for task in sorted(over - set(but))]

    def recover(self, lost: Lost) -> bool:
        """Queue one of them again, and remove its folder. False if its lease was renewed meanwhile, or another worker
        has recovered it."""
        now = self.clock()
        with self.store.transaction() as ledger:
            task = ledger.tasks.by_id(lost.task)
            if task is None or ledger.claims.leases().get(lost.task) != lost.until:
                return False
            _give_back(task, ledger, now)
        remove_folder(self.attempts_folder / _folder_of(task))
        return True

    def _not_renewed(self, leases: Mapping[int, datetime]) -> set[int]:
        """Tasks whose lease was not renewed for as long as a lease lasts. Their lease may end in the future by the
        clock, if the clock was ahead when the lease began and was set back since."""
        now = self.monotonic()
        self._seen = {lease: self._seen.get(lease, now) for lease in leases.items()}
        return {task for (task, _), since in self._seen.items() if now - since > self.lease.total_seconds()}

    def find_left_open(self) -> list[Attempt]:
        """The attempts of tasks that were taken away from a worker that was then lost.

        A worker that runs learns of it by its next heartbeat, and records the end of its attempt within the lease.
        """
        with self.store.read() as ledger:
            return ledger.attempts.left_open(self.clock() - self.lease)

    def close(self, left_open: Attempt) -> bool:
        """False if its worker has done so meanwhile."""
        with self.store.transaction() as ledger:
            return _end_as_lost(left_open, State.CANCELLED, ledger, self.clock())

    def find_orphans(self) -> list[Path]:
        """The folders of attempts that no worker runs. They stay orphans: no attempt begins a second time.

        The folders are listed before the ledger is asked. An attempt has its folder only after it is on record as
        running, so one that another worker starts meanwhile is either not in the list or on record as running.
        """
        found = list(self.attempts_folder.glob("*"))
        with self.store.read() as ledger:
            running = {_folder_of(task) for task in ledger.tasks.in_states(State.RUNNING)}
        return [path for path in found if path.name not in running]


def _folder_of(task: Task) -> str:
    return f"{task.id}-{task.attempts}"


def _give_back(task: Task, ledger: Ledger, now: datetime) -> None:
    """End the attempt as lost and queue the task again, or fail it if that has happened too often."""
    attempts = ledger.attempts.of(task.id)
    earlier = [attempt for attempt in attempts if attempt.finished_at is not None]
    lost = as_failure(FailureKind.WORKER_LOST, "")
    for attempt in attempts:
        if attempt.finished_at is None:
            _end_as_lost(attempt, lost.state, ledger, now)
    target, not_before, retries = next_state(task, lost, now, requeue=False, earlier=earlier)
    ledger.tasks.move(
        task.id,
        State.RUNNING,
        target,
        now=now,
        fence=task.fence,
        failure=lost.failure,
        not_before=not_before,
        automatic_retries=retries,
    )
    end_speaking(ledger, task, now)
    ledger.outbox.post_status(task.issue, now)
    show_dependents(ledger, task.issue, now)
    _log.warning("%s: its worker was lost", task.issue)


def _end_as_lost(attempt: Attempt, outcome: State, ledger: Ledger, now: datetime) -> bool:
    seconds = (now - attempt.started_at).total_seconds()
    ended = replace(attempt, finished_at=now, outcome=outcome, failure=FailureKind.WORKER_LOST, seconds=seconds)
    return ledger.attempts.finish(ended)
