"""Work that waits until no session runs: each kind every so often, beside the loop."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True, kw_only=True)
class WhenIdle:
    """`work` takes what says that it has to end. It begins `first` after the start at the earliest, then `every` so
    often, and only while no session runs. `gives_way`: it also has to end as soon as a session runs."""

    work: Callable[[Callable[[], bool]], None]
    first: timedelta
    every: timedelta
    clock: Callable[[], datetime]
    gives_way: bool = False
    _at: datetime | None = None
    _under_way: Future[None] | None = None

    def step(self, pool: ThreadPoolExecutor, *, is_idle: Callable[[], bool], must_end: Callable[[], bool]) -> bool:
        """Raises what an earlier one raised."""
        now = self.clock()
        if self._at is None or now < self._at - self.every:  # the clock may have been set back
            self._at = now + self.first
        if self._under_way is not None and self._under_way.done():
            ended, self._under_way = self._under_way, None
            ended.result()
        if self._under_way is None and now >= self._at and is_idle():
            self._at = now + self.every
            self._under_way = pool.submit(self.work, lambda: must_end() or (self.gives_way and not is_idle()))
        return False
