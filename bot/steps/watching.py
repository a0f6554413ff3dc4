"""Hands out what an executor reports to those who follow its attempts, each to the one whose it is."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.core.execution import Beat, Ended, ExecutorUnreachable
from bot.steps.executor import Executor

_log = logging.getLogger(__name__)

_EVERY = 1.0  # seconds between two questions, however many follow
_MOST = 10_000  # reports that no attempt has taken: an executor repeats them


@dataclass(slots=True, kw_only=True)
class Watching:
    """One for each process."""

    executor: Executor
    monotonic: Callable[[], float]
    _next: float = 0.0
    _beats: dict[str, Beat] = field(default_factory=dict)
    _ended: dict[str, Ended] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def take(self, name: str) -> tuple[Beat | None, Ended | None]:
        """The last beat since it was asked before, and the end."""
        with self._lock:
            if self.monotonic() >= self._next:
                self._look()
                self._next = self.monotonic() + _EVERY
            return self._beats.pop(name, None), self._ended.pop(name, None)

    def wait(self, seconds: float) -> None:
        self._over.wait(seconds)

    def _look(self) -> None:
        try:
            reports = self.executor.watch()
        except ExecutorUnreachable as trouble:
            _log.warning("the executor does not answer: %s", trouble)
            return
        for each in reports:
            kept: dict[str, Beat] | dict[str, Ended] = self._beats if isinstance(each, Beat) else self._ended
            kept[each.name] = each  # type: ignore[assignment]
        for reported in (self._beats, self._ended):
            while len(reported) > _MOST:
                del reported[next(iter(reported))]
