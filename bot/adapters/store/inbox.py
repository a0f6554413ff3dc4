"""Stores the deliveries of several threads in one transaction. Each thread returns after the commit that holds its own.

A single delivery does not wait. Under load, one commit covers all deliveries that arrived during the one before.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store.engine import Store
from bot.adapters.store.unusable import StoreUnusable


@dataclass(slots=True, kw_only=True, eq=False)
class _Received:
    guid: str
    event: str
    payload: bytes
    now: datetime
    new: bool | None = None  # not known before the commit
    error: StoreUnusable | None = None


class Inbox:
    """One for each process. Safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._arriving = threading.Lock()
        self._waiting: list[_Received] = []

    def keep(self, *, guid: str, event: str, payload: bytes, now: datetime) -> bool:
        """Store the delivery on disk. Returns whether it is new. Raises StoreUnusable."""
        mine = _Received(guid=guid, event=event, payload=payload, now=now)
        with self._arriving:
            self._waiting.append(mine)
        with self._turn:
            if mine.new is None and mine.error is None:  # else the thread before has stored it with its own
                self._keep_all(mine)
        if mine.error is not None:
            raise mine.error
        return bool(mine.new)

    def _keep_all(self, mine: _Received) -> None:
        """Store all waiting deliveries. An unusable ledger fails all of them; after any other error each thread tries
        itself."""
        with self._arriving:
            together, self._waiting = self._waiting, []
        if mine not in together:
            together.append(mine)
        try:
            self._commit(together)
        except StoreUnusable as error:
            for each in together:
                each.error = error

    def _commit(self, together: Sequence[_Received]) -> None:
        with self._store.transaction() as ledger:
            news = [
                ledger.deliveries.record(guid=each.guid, event=each.event, payload=each.payload, now=each.now)
                for each in together
            ]
        for each, new in zip(together, news, strict=True):
            each.new = new
