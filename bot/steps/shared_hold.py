"""The wait that GitHub asked for, shared by all processes on a ledger.

Each would else learn of it by being refused, and GitHub may ban an integration that goes on asking while it is limited
(docs.github.com, "Best practices for using the REST API").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store import Store


@dataclass(frozen=True, slots=True)
class LedgerHold:
    """See `bot.adapters.github.Hold`. `account`: whose requests GitHub counts."""

    store: Store
    account: str
    clock: Callable[[], datetime]

    def find_wait(self) -> float:
        with self.store.read() as ledger:
            return ledger.holds.find_wait(self.account, self.clock())

    def note(self, seconds: float) -> None:
        with self.store.transaction() as ledger:
            ledger.holds.note(self.account, seconds, self.clock())
