"""The database server's clock, as each host reads it: the hosts' own clocks may differ by minutes, and leases and due
times are compared by all of them.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

_STALE = 60.0  # seconds; a processor's clock differs from the server's by less than 0.01 s in that time
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A host that sleeps must not lose the time that it slept.
_COUNTER = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SharedClock:
    """What the server's clock showed last, and how long ago that was. Safe to share between threads."""

    def __init__(self) -> None:
        self._using = threading.Lock()
        self._shown: tuple[float, float] | None = None  # the server's seconds since 1970; this host's counter then

    def note(self, seconds: float) -> None:
        """The server's clock shows this now."""
        with self._using:
            self._shown = seconds, time.clock_gettime(_COUNTER)

    def is_stale(self) -> bool:
        with self._using:
            return self._shown is None or time.clock_gettime(_COUNTER) - self._shown[1] > _STALE

    def is_known(self) -> bool:
        with self._using:
            return self._shown is not None

    def now(self) -> datetime:
        """Raises LookupError before the server was asked."""
        with self._using:
            if self._shown is None:
                raise LookupError("the server's clock was not read yet")
            seconds, counter = self._shown
            return _EPOCH + timedelta(seconds=seconds + time.clock_gettime(_COUNTER) - counter)
