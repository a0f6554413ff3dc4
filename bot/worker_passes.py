"""The worker's periodic passes, one part at a time: what was left behind, then GitHub, repository by repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from bot.reconcile import Reconciler
from bot.recovery import Recovery
from bot.steps.clearing import remove_folder
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.pass_part import PassPart

POLLING = "periodic pass"


@dataclass(slots=True, kw_only=True)
class Passes:
    """Not thread-safe. `gives_way`: whether other work waits, before which new issues can wait. `over`: how many passes
    are; a round in which nothing was done is in none. `next_at`: None for now."""

    recovery: Recovery
    reconciler: Reconciler
    boundary: ErrorBoundary
    clock: Callable[[], datetime]
    every: timedelta
    gives_way: Callable[[], bool]
    over: int = 0
    next_at: datetime | None = None
    _parts: Iterator[PassPart] | None = None  # the rest of the present pass

    def step(self, should_stop: Callable[[], bool]) -> bool:
        """Look at one part. False if no pass is due."""
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
        yield from self.reconciler.begin(should_stop=should_stop, gives_way=self.gives_way)

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
