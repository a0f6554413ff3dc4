"""The worker's periodic passes, one part at a time: what was left behind, then GitHub, repository by repository.

Of several workers on one ledger one polls GitHub, as long as it lives and reaches the ledger. Each reads everything
once after its start, because an old ledger would run again what has been done; then the others only list repositories.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.adapters.store import Exclusive
from bot.reconcile import Reconciler
from bot.recovery import Recovery
from bot.steps.clearing import remove_folder
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.pass_part import PassPart

POLLING = "periodic pass"
_ASKS_EVERY = 20.0  # seconds; a lead that is not asked for lapses


@dataclass(slots=True, kw_only=True)
class Passes:
    """Not thread-safe. `hold`: the lead among the workers, None while another one has it. `gives_way`: whether other
    work waits, before which new issues can wait. `over`: how many passes are; a round in which nothing was done is in
    none. `next_at`: None for now."""

    recovery: Recovery
    reconciler: Reconciler
    boundary: ErrorBoundary
    clock: Callable[[], datetime]
    every: timedelta
    gives_way: Callable[[], bool]
    hold: Callable[[], Exclusive | None]
    over: int = 0
    next_at: datetime | None = None
    _parts: Iterator[PassPart] | None = None  # the rest of the present pass
    monotonic: Callable[[], float] = time.monotonic
    _lead: Exclusive | None = None
    _asked_at: float = 0.0

    def step(self, should_stop: Callable[[], bool]) -> bool:
        """Look at one part. False if no pass is due."""
        self._keep_lead()
        if self._parts is None:
            now = self.clock()
            if self.next_at is not None and now < self.next_at:
                return False
            self.next_at = now + self.every
            self._parts = self._begin(should_stop)
        part = self._next_part(self._parts)
        if part is not None:
            self.boundary.attempt(f"{POLLING}: {part.name}", part.look, wakes=False)
        return True

    def wait(self, now: datetime) -> float:
        """Seconds until the next step; overdue, it may have failed and has to wait."""
        until = (self.next_at - now).total_seconds() if self.next_at is not None else 0.0
        return max(until, self.boundary.wait_of(POLLING))

    def _begin(self, should_stop: Callable[[], bool]) -> Iterator[PassPart]:
        for folder in self.recovery.find_orphans():
            yield PassPart(name=f"the folder {folder.name} that was left behind", look=partial(remove_folder, folder))
        for attempt in self.recovery.find_left_open():
            name = f"attempt {attempt.number} of task {attempt.task_id}, which was left open"
            yield PassPart(name=name, look=partial(self.recovery.close, attempt))
        leads = self._leads()
        if not leads and self.reconciler.unread == frozenset():  # else this worker would never claim a task there
            yield self.reconciler.list_repositories()
            return
        for part in self.reconciler.begin(should_stop=should_stop, gives_way=self.gives_way):
            yield part
            if leads and not self._leads():
                return  # another worker has the lead by now

    def _leads(self) -> bool:
        self._asked_at = self.monotonic()
        if self._lead is not None and not self._lead.is_held():
            self.close()
        if self._lead is None:
            self._lead = self.hold()
        return self._lead is not None

    def _keep_lead(self) -> None:
        if self._lead is not None and self.monotonic() - self._asked_at > _ASKS_EVERY:
            self._leads()

    def close(self) -> None:
        """Leave the lead to another worker."""
        lead, self._lead = self._lead, None
        if lead is not None:
            lead.close()

    def _next_part(self, parts: Iterator[PassPart]) -> PassPart | None:
        """None at the end of the pass."""
        part = None
        try:
            part = next(parts, None)
            return part
        finally:
            if part is None:  # also where it raised: a generator that did has ended
                self._parts = None
                self.over += 1
