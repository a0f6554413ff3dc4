"""The ledger's copy of what GitHub showed, with its ETags: a restart costs no request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store import Store


@dataclass(frozen=True, slots=True)
class LedgerHttpCache:
    """See `bot.adapters.github.HttpCache`. Losing it costs requests, and changes nothing."""

    store: Store
    clock: Callable[[], datetime]

    def get(self, address: str) -> tuple[str, str] | None:
        with self.store.read() as ledger:
            kept = ledger.http_cache.of(address)
        return None if kept is None else (kept.etag, kept.value)

    def put(self, address: str, etag: str, note: str) -> None:
        if self.get(address) != (etag, note):
            with self.store.transaction() as ledger:
                ledger.http_cache.keep(address, etag=etag, value=note, now=self.clock())

    def forget(self, address: str) -> None:
        if self.get(address) is not None:
            with self.store.transaction() as ledger:
                ledger.http_cache.forget(address)
