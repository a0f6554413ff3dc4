"""`nightshift night`: a worker that ends, for machines that are made for one night and keep nothing."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from bot.core.night import End, NightResult, find_trouble, is_idle
from bot.core.task_rows import task_row
from bot.core.tasks import State
from bot.processes import stop_on_signal, work
from bot.rebuild import bring_back
from bot.steps.night_standing import read_night_standing
from bot.steps.stop import StopRequest
from bot.task_list import read_attempts
from bot.wiring import Services
from bot.worker import Worker
from bot.worker_services import build_worker

_log = logging.getLogger(__name__)

_SECONDS_TO_SEND = 60.0  # what is not sent then, a ledger that is thrown away loses


def run_night(services: Services, *, until_idle: bool, minutes: float | None) -> NightResult:
    """Restore what GitHub shows, and work until nothing is left, the time is over, or a signal comes. `minutes` None:
    no limit."""
    night = _Night(services=services, until_idle=until_idle, began=services.clock())
    return night.run(minutes)


@dataclass(slots=True, kw_only=True)
class _Night:
    services: Services
    until_idle: bool
    began: datetime
    restored: int = 0
    worker: Worker | None = None
    _timed_from: float = field(default_factory=time.monotonic)  # by a clock that is never set
    _time_is_over: threading.Event = field(default_factory=threading.Event)

    def run(self, minutes: float | None) -> NightResult:
        stop = stop_on_signal()
        with self._limit_time(stop, minutes):
            code = work(self.services, stop, partial(self._prepare, stop))
        self._send_the_rest()
        return self._result(self._name_end(code, stop))

    def _prepare(self, stop: StopRequest, services: Services) -> Worker:
        """A repository that cannot be restored now is tried again by the periodic pass, before anything of it runs."""
        repositories = services.account.repositories()
        synced = bring_back(services.rebuilder, repositories, dry_run=False, check_stop=stop.check)
        self.restored = len(synced.returns)
        for trouble in synced.troubles:
            _log.warning("not restored yet: %s", trouble)
        _log.info("%d tasks came back from GitHub", self.restored)
        self.worker = build_worker(services)
        if self.until_idle:
            self.worker.is_over = self._is_over
        return self.worker

    def _is_over(self, passes: int) -> bool:
        services = self.services
        standing = read_night_standing(
            services.store,
            services.clock(),
            passes=passes,
            all_read=services.reconciler.unread == frozenset(),
            claims=services.boundary.wait_of("claim") <= 0,
        )
        return is_idle(standing)

    @contextmanager
    def _limit_time(self, stop: StopRequest, minutes: float | None) -> Iterator[None]:
        """When the time is over, the worker is asked to stop as a signal would ask it."""
        if minutes is None:
            yield
            return
        timer = threading.Timer(minutes * 60, self._end_in_time, (stop, minutes))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _end_in_time(self, stop: StopRequest, minutes: float) -> None:
        if not stop.asked.is_set():
            _log.info("%g minutes are over: nothing more is started", minutes)
            self._time_is_over.set()
            stop.asked.set()

    def _send_the_rest(self) -> None:
        until = time.monotonic() + _SECONDS_TO_SEND
        while time.monotonic() < until and self.services.outbox.flush(lambda: time.monotonic() < until):
            pass
        self.services.outbox.finish(max(0.0, until - time.monotonic()))

    def _name_end(self, code: int, stop: StopRequest) -> End:
        if code:
            return End.FAILED
        if self._time_is_over.is_set():
            return End.TIME
        return End.STOPPED if stop.asked.is_set() else End.IDLE

    def _result(self, end: End) -> NightResult:
        pause = self.worker.pauses.current if self.worker is not None else None
        return NightResult(
            end=end,
            minutes=(time.monotonic() - self._timed_from) / 60,
            restored=self.restored,
            tasks=self._rows(),
            waiting=self._count_waiting(),
            unsent=self._count_unsent(),
            paused=pause.reason if pause is not None else "",
            troubles=self._find_trouble(end),
        )

    def _find_trouble(self, end: End) -> list[str]:
        """A night that was cut short may have had no time to read each repository."""
        if self.worker is None:
            return []
        unread = self.services.reconciler.unread if end is End.IDLE else frozenset[str]()
        return find_trouble(unread, self.worker.pauses.current)

    def _rows(self) -> list[dict[str, Any]]:
        """A restored task has attempts of earlier nights."""
        tonight = [
            (task, [each for each in attempts if each.started_at >= self.began])
            for task, attempts in read_attempts(self.services.store)
        ]
        return [task_row(task, attempts, self.services.branches) for task, attempts in tonight if attempts]

    def _count_waiting(self) -> int:
        with self.services.store.read() as ledger:
            return len(ledger.tasks.in_states(State.QUEUED))

    def _count_unsent(self) -> int:
        with self.services.store.read() as ledger:
            return ledger.outbox.size()
