"""Recovery: what a worker that did not come back held is given back, and what it left on this host is removed.

Several workers may share a data folder. Only what is provably nobody's is touched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.git.workspace import remove_tree
from bot.adapters.process import CommandFailed
from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.outcomes import failed, next_state
from bot.core.tasks import Attempt, State, Task
from bot.steps.effects import show_dependents, show_status

_log = logging.getLogger(__name__)


class Recovery:
    """`attempts_folder`: where each attempt has a folder of its own while it runs; `lease`: how long a claim lasts;
    `monotonic`: seconds, by a clock that nobody sets."""

    def __init__(
        self,
        *,
        store: Store,
        attempts_folder: Path,
        lease: timedelta,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._store = store
        self._attempts_folder = attempts_folder
        self._lease = lease
        self._clock = clock
        self._monotonic = monotonic
        self._seen: dict[tuple[int, datetime], float] = {}  # since when a lease is as it is

    def recover_lost(self, but: Collection[int] = ()) -> int:
        """Give back what workers held that did not come back. Returns how many tasks.

        `but`: the tasks that the caller itself runs. Their leases are over for a moment after a clock has jumped or a
        host has slept; a second session beside the first would be the worse for it.
        """
        now = self._clock()
        with self._store.transaction() as ledger:
            leases = ledger.claims.leases()
            over = {task for task, until in leases.items() if until <= now} | self._not_renewed(leases)
            over -= set(but)
            lost = [task for task in ledger.tasks.in_states(State.RUNNING) if task.id in over] if over else []
            for task in lost:
                _give_back(task, ledger, now)
        if lost:
            self.remove_orphans()
        return len(lost)

    def _not_renewed(self, leases: Mapping[int, datetime]) -> set[int]:
        """Whom nobody has renewed for as long as a lease lasts, whatever the clock says: it was ahead when the lease
        was taken, and has been set back since."""
        now = self._monotonic()
        self._seen = {lease: self._seen.get(lease, now) for lease in leases.items()}
        return {task for (task, _), since in self._seen.items() if now - since > self._lease.total_seconds()}

    def end_left_open(self) -> int:
        """Close the attempts of tasks that were taken away from a worker which then did not come back to say so.

        One that lives learns it by its next heartbeat, and says within the lease how its attempt ended. Returns how
        many.
        """
        now = self._clock()
        with self._store.transaction() as ledger:
            left = ledger.attempts.left_open(now - self._lease)
            for attempt in left:
                _end_as_lost(attempt, State.CANCELLED, ledger, now)
        return len(left)

    def remove_orphans(self) -> int:
        """Remove the folders of attempts that nobody runs. Returns how many.

        The folders are listed before the ledger is asked. An attempt has its folder only after it is on record as
        running, so one that another worker starts meanwhile is either not in the list or known to run.
        """
        found = list(self._attempts_folder.glob("*"))
        with self._store.read() as ledger:
            running = {f"{task.id}-{task.attempts}" for task in ledger.tasks.in_states(State.RUNNING)}
        return sum(_removed(path) for path in found if path.name not in running)


def _removed(path: Path) -> bool:
    """Whatever the agent made of it, folders that nobody may enter too."""
    try:
        remove_tree(path)
    except CommandFailed as trouble:  # another worker removes it as well, or the disk fails: the next time tells
        _log.warning("%s could not be removed: %s", path, trouble)
        return False
    return True


def _give_back(task: Task, ledger: Ledger, now: datetime) -> None:
    """The attempt ends as lost; the task is queued again, or has failed if that has happened too often."""
    attempts = ledger.attempts.of(task.id)
    earlier = [attempt for attempt in attempts if attempt.finished_at is not None]
    lost = failed(FailureKind.WORKER_LOST, "")
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
    show_status(ledger, task.issue, now)
    show_dependents(ledger, task.issue, now)
    _log.warning("%s: its worker did not come back", task.issue)


def _end_as_lost(attempt: Attempt, outcome: State, ledger: Ledger, now: datetime) -> None:
    seconds = (now - attempt.started_at).total_seconds()
    ended = replace(attempt, finished_at=now, outcome=outcome, failure=FailureKind.WORKER_LOST, seconds=seconds)
    ledger.attempts.finish(ended)
