"""When mirrors are tidied up: every few hours, beside the loop, and begun only while no session runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

_FIRST = timedelta(minutes=10)
_EVERY = timedelta(hours=6)


@dataclass(slots=True, kw_only=True)
class TidyWhenIdle:
    """`tidy` takes what says that it has to end. A session on a repository that is tidied up waits for it."""

    tidy: Callable[[Callable[[], bool]], None]
    clock: Callable[[], datetime]
    _at: datetime | None = None
    _under_way: Future[None] | None = None

    def step(self, pool: ThreadPoolExecutor, *, is_idle: bool, must_end: Callable[[], bool]) -> bool:
        """Raises what an earlier one raised."""
        now = self.clock()
        if self._at is None or now < self._at - _EVERY:  # the clock may have been set back
            self._at = now + _FIRST
        if self._under_way is not None and self._under_way.done():
            ended, self._under_way = self._under_way, None
            ended.result()
        if self._under_way is None and is_idle and now >= self._at:
            self._at = now + _EVERY
            self._under_way = pool.submit(self.tidy, must_end)
        return False
