"""Reads GitHub's log of deliveries and asks for those again that were not stored: they hold the text that was approved.

An App reads the log of its hook. A token reads that of the repository's hook, which is known from an
earlier delivery (docs/decisions/0022), and needs permission for it; without it, polling finds what was lost.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.github import DeliveryLog, GitHub, GitHubFailed
from bot.adapters.store import Store
from bot.core.due import is_due
from bot.core.redelivery import DeliveryAttempt, plan, worth_keeping
from bot.steps.hooks import known_hooks

_log = logging.getLogger(__name__)

_EVERY = timedelta(minutes=5)
_OVERLAP = timedelta(minutes=2)
_REFUSED = frozenset({401, 403, 404})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    """Up to where the log is settled, the tag of its newest page, and how often each GUID was asked for."""

    since: datetime | None = None
    tag: str = ""
    asked: Mapping[str, int] = field(default_factory=dict)


class DeliveryLogs:
    """One thread uses it at a time."""

    def __init__(self, *, store: Store, github: GitHub, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._github = github
        self._clock = clock
        self._due: datetime | None = None
        self._refused: set[str] = set()

    def look(self) -> None:
        """Every few minutes, and at the start. Raises GitHubFailed where GitHub is away."""
        now = self._clock()
        if not is_due(self._due, _EVERY, now):
            return
        self._due = now + _EVERY
        with self._store.read() as ledger:
            hooks = known_hooks(ledger, self._github.account.repositories())
        for log in self._github.delivery_logs(hooks):
            if log.path not in self._refused:
                self._read(log)

    def _read(self, log: DeliveryLog) -> None:
        mark = self._mark(log)
        try:
            listing = log.attempts(mark.since, mark.tag)
        except GitHubFailed as error:
            if error.status not in _REFUSED:
                raise
            self._refused.add(log.path)
            _log.info("%s cannot be read (%s): deliveries that are lost are found by polling", log.path, error)
            return
        if listing is not None:
            self._settle(log, mark, listing.items, listing.tag)

    def _settle(self, log: DeliveryLog, mark: _Mark, attempts: tuple[DeliveryAttempt, ...], tag: str) -> None:
        with self._store.read() as ledger:
            held = ledger.deliveries.known(worth_keeping(attempts))
        found = plan(attempts, held=held, asked=mark.asked, now=self._clock())
        until = found.settled_until
        since = mark.since if until is None else until if found.pending else until - _OVERLAP
        for attempt in found.again:  # should GitHub go away amid them, none counts as asked for
            self._ask(log, attempt)
        self._keep(log, _Mark(since=since, tag="" if found.pending else tag, asked=found.pending))

    def _ask(self, log: DeliveryLog, attempt: DeliveryAttempt) -> None:
        """What is refused was asked for, too: it must not be tried for ever."""
        try:
            log.redeliver(attempt)
        except GitHubFailed as error:
            if error.transient:
                raise
            _log.warning("%s %s cannot be sent again: %s", attempt.event, attempt.guid, error)
        else:
            _log.info(
                "%s %s was not taken in (%d): asked for it again", attempt.event, attempt.guid, attempt.status_code
            )

    def _mark(self, log: DeliveryLog) -> _Mark:
        with self._store.read() as ledger:
            kept = ledger.memory.recall(_key(log))
        if kept is None:
            return _Mark()
        read = json.loads(kept)
        since = datetime.fromisoformat(read["since"]) if read["since"] else None
        return _Mark(since=since, tag=read["tag"], asked=read["asked"])

    def _keep(self, log: DeliveryLog, mark: _Mark) -> None:
        since = mark.since.isoformat() if mark.since else None
        text = json.dumps({"since": since, "tag": mark.tag, "asked": dict(mark.asked)})
        with self._store.transaction() as ledger:
            ledger.memory.remember(_key(log), text)


def _key(log: DeliveryLog) -> str:
    return f"log:{log.path}"
