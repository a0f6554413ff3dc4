"""The lock of the simulated GitHub's state, which is released while git works.

GitHub answers many requests at the same time. The state changes under a lock, but nothing that takes time may hold it:
git runs `with lock.released()`, and afterwards the state is as other threads have left it meanwhile.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self


class WorldLock:
    """Reentrant, as `threading.RLock`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._held = threading.local()

    def __enter__(self) -> Self:
        self._lock.acquire()
        self._depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        self._lock.release()

    @contextmanager
    def released(self) -> Iterator[None]:
        """Release it completely, however often this thread has acquired it, and acquire it as often afterwards."""
        depth = self._depth
        for _ in range(depth):
            self.__exit__()
        try:
            yield
        finally:
            for _ in range(depth):
                self.__enter__()

    @property
    def _depth(self) -> int:
        return getattr(self._held, "depth", 0)

    @_depth.setter
    def _depth(self, depth: int) -> None:
        self._held.depth = depth
