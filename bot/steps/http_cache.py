"""The ledger's copy of what GitHub showed, with its ETags: a restart costs no request."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bot.adapters.store import Store


@dataclass(frozen=True, slots=True)
class LedgerHttpCache:
    """See `bot.adapters.github.HttpCache`. Losing it costs requests, and changes nothing."""

    store: Store

    def get(self, address: str) -> tuple[str, str] | None:
        with self.store.read() as ledger:
            kept = ledger.memory.recall(_key(address))
        if not kept:
            return None
        etag, note = json.loads(kept)
        return str(etag), str(note)

    def put(self, address: str, etag: str, note: str) -> None:
        if self.get(address) != (etag, note):
            with self.store.transaction() as ledger:
                ledger.memory.remember(_key(address), json.dumps([etag, note]))

    def forget(self, address: str) -> None:
        if self.get(address) is not None:
            with self.store.transaction() as ledger:
                ledger.memory.remember(_key(address), "")


def _key(address: str) -> str:
    return f"http:{address}"
