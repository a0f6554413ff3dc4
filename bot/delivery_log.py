"""Reads GitHub's log of deliveries and requests lost ones again, because they hold the text that was approved.

An App reads the log of its hook. A token reads the log of the repository's hook, whose number an earlier delivery has
named (docs/decisions/0022). Without permission to read it, polling finds the lost events.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.github import DeliveryLog, Fresh, GitHub, GitHubFailed
from bot.adapters.store import LogMark, Store
from bot.core.due import is_due
from bot.core.redelivery import DeliveryAttempt, plan, worth_keeping
from bot.steps.stop import CheckStop, never_stop

_log = logging.getLogger(__name__)

_EVERY = timedelta(minutes=5)
_OVERLAP = timedelta(minutes=2)
_REFUSED = frozenset({401, 403, 404})


@dataclass(slots=True, kw_only=True)
class DeliveryLogs:
    """Not thread-safe."""

    store: Store
    github: GitHub
    clock: Callable[[], datetime]
    _due: datetime | None = None
    _refused: set[str] = field(default_factory=set)

    def look(self, check_stop: CheckStop = never_stop) -> None:
        """Read the logs every few minutes, and at the start. `check_stop` raises where the worker must stop: the log
        that was not read yet is read after the next start. Raises GitHubFailed during an outage."""
        now = self.clock()
        if not is_due(self._due, _EVERY, now):
            return
        self._due = now + _EVERY
        with self.store.read() as ledger:
            hooks = ledger.webhooks.numbers(self.github.account.repositories())
        for log in self.github.delivery_logs(hooks):
            check_stop()
            if log.path not in self._refused:
                self._read(log)

    def _read(self, log: DeliveryLog) -> None:
        mark = self._mark(log)
        try:
            listing = log.attempts(mark.since)
        except GitHubFailed as error:
            if error.status not in _REFUSED:
                raise
            self._refused.add(log.path)
            _log.info("GitHub's log of deliveries, %s, cannot be read (%s): polling finds lost ones", log.path, error)
            return
        if listing is not None:
            self._settle(log, mark, listing)

    def _settle(self, log: DeliveryLog, mark: LogMark, listing: Fresh[tuple[DeliveryAttempt, ...]]) -> None:
        attempts = listing.value
        with self.store.read() as ledger:
            held = ledger.deliveries.select_known(worth_keeping(attempts))
        found = plan(attempts, held=held, asked=mark.asked, now=self.clock())
        until = found.settled_until
        since = mark.since if until is None else until if found.pending else until - _OVERLAP
        for attempt in found.again:  # if GitHub fails in between, none of them counts as requested
            self._ask(log, attempt)
        self._keep(log, LogMark(since=since, asked=found.pending))
        (log.forget if found.pending else log.keep)(listing)

    def _ask(self, log: DeliveryLog, attempt: DeliveryAttempt) -> None:
        """A refused request counts as well, so that it is not repeated for ever."""
        try:
            log.redeliver(attempt)
        except GitHubFailed as error:
            if error.transient:
                raise
            _log.warning("GitHub cannot send delivery %s %s again: %s", attempt.event, attempt.guid, error)
        else:
            _log.info(
                "delivery %s %s was not stored (%d): asked GitHub to send it again",
                attempt.event,
                attempt.guid,
                attempt.status_code,
            )

    def _mark(self, log: DeliveryLog) -> LogMark:
        with self.store.read() as ledger:
            return ledger.delivery_logs.of(log.path)

    def _keep(self, log: DeliveryLog, mark: LogMark) -> None:
        with self.store.transaction() as ledger:
            ledger.delivery_logs.keep(log.path, mark)
