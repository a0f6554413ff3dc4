"""Notes in the ledger what monitoring shows of sessions that have ended: the relay's requests, and tokens."""

from __future__ import annotations

from bot.adapters.store import Store
from bot.core.relay_figures import RelayFigures

RELAY_ANSWERS, RELAY_REFUSED, RELAY_TOKENS = "relay_answers", "relay_refused", "relay_tokens"


def note_relay(store: Store, figures: RelayFigures) -> None:
    with store.transaction() as ledger:
        ledger.counters.add(RELAY_ANSWERS, figures.answers)
        ledger.counters.add(RELAY_REFUSED, {"": figures.refused} if figures.refused else {})
        ledger.counters.add(RELAY_TOKENS, figures.tokens)
