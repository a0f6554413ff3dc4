"""Sends the events of the outbox to a webhook and by mail, each in a lane of its kind.

A lane has one event under way at a time, in a thread that nothing waits for: a receiver that does not answer delays
neither the messages to GitHub nor the worker's end. An event that was sent and not recorded is sent again, under the
same id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.adapters.receivers import NotSent, Receiver
from bot.adapters.store import Lane, OutboxItem, Store
from bot.core.checkpoints import Checkpoint, Reached
from bot.core.retries import next_try
from bot.steps.error_boundary import note_own_error

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifier:
    """One per process. `receivers`: by their lanes; without any, nothing is sent."""

    store: Store
    receivers: Mapping[Lane, Receiver]
    clock: Callable[[], datetime]
    reached: Reached
    _under_way: dict[Lane, threading.Thread] = field(default_factory=dict)

    def step(self) -> bool:
        """Begin to send what is due, unless the lane is busy. Always False: there is nothing to wait for."""
        for lane, receiver in self.receivers.items():
            before = self._under_way.get(lane)
            if before is not None and before.is_alive():
                continue
            with self.store.read() as ledger:
                is_due = bool(ledger.outbox.due(self.clock(), 1, lane=lane))
            if is_due:
                self._begin(lane, receiver)
        return False

    def wait(self, seconds: float) -> None:
        """Until what is under way has ended, but no longer than that."""
        for thread in self._under_way.values():
            thread.join(max(0.0, seconds))

    def _begin(self, lane: Lane, receiver: Receiver) -> None:
        thread = threading.Thread(target=self._drain, args=(lane, receiver), name=f"notify {lane}", daemon=True)
        self._under_way[lane] = thread
        thread.start()

    def _drain(self, lane: Lane, receiver: Receiver) -> None:
        try:
            while self._send_one(lane, receiver):
                pass
        except Exception as error:  # noqa: BLE001 - a thread has no caller that could catch it
            note_own_error(self.store, f"notify {lane}", error, self.clock())

    def _send_one(self, lane: Lane, receiver: Receiver) -> bool:
        """Whether one was sent. Two workers do not send at the same time."""
        with self.store.only_one(f"notify-{lane}") as mine:
            if not mine:
                return False
            with self.store.read() as ledger:
                item = next(iter(ledger.outbox.due(self.clock(), 1, lane=lane)), None)
            if item is None:
                return False
            try:
                receiver.send(item.payload)
            except NotSent as error:
                self._postpone(item, receiver, error)
                return False
            with self.store.transaction() as ledger:
                ledger.outbox.finish(item.key, item.version)
            self.reached(Checkpoint.NOTIFIED, item.key)
            return True

    def _postpone(self, item: OutboxItem, receiver: Receiver, error: NotSent) -> None:
        wait = next_try(item.tries, transient=error.transient, asked=error.retry_after)
        with self.store.transaction() as ledger:
            if wait is None:
                ledger.outbox.give_up(item.key, item.version, note=f"{receiver.setting}: {error}")
                _log.error("event %s is given up, and not sent to %s: %s", item.key, receiver.setting, error)
            else:
                at = self.clock() + timedelta(seconds=wait)
                ledger.outbox.retry(item.key, at=at, note=f"{receiver.setting}: {error}")
                _log.warning(
                    "event %s was not sent to %s: %s; again in %.0f s", item.key, receiver.setting, error, wait
                )
