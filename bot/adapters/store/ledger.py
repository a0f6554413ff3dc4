"""The ledger whole: every theme over one transaction, as `Store` hands it out."""

from __future__ import annotations

from bot.adapters.store.claims import Claims
from bot.adapters.store.deliveries import Deliveries
from bot.adapters.store.memory import Memory
from bot.adapters.store.restoring import Restoring
from bot.adapters.store.stats import Stats
from bot.adapters.store.waits import Waits
from bot.adapters.store.writes import Writes


class Ledger(Claims, Restoring, Deliveries, Stats, Waits, Writes, Memory):
    """What a transaction can read and write. It ends with the block that opened it."""
