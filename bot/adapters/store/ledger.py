"""The ledger: its parts over one transaction, as `Store` hands it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection

from bot.adapters.store.attempts import Attempts
from bot.adapters.store.blockers import Blockers
from bot.adapters.store.claims import Claims
from bot.adapters.store.deliveries import Deliveries
from bot.adapters.store.memory import Memory
from bot.adapters.store.outbox import Outbox
from bot.adapters.store.part import Transaction
from bot.adapters.store.pauses import Pauses
from bot.adapters.store.restoring import Restoring
from bot.adapters.store.statistics import Statistics
from bot.adapters.store.tasks import Tasks
from bot.adapters.store.waits import Waits
from bot.adapters.store.writes import Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What a transaction can read and write. It ends with the block that opened it."""

    tasks: Tasks
    blockers: Blockers
    claims: Claims
    attempts: Attempts
    restoring: Restoring
    deliveries: Deliveries
    outbox: Outbox
    pauses: Pauses
    waits: Waits
    writes: Writes
    statistics: Statistics
    memory: Memory

    @classmethod
    def over(cls, connection: Connection) -> Self:
        transaction = Transaction(connection)
        return cls(
            tasks=Tasks(transaction),
            blockers=Blockers(transaction),
            claims=Claims(transaction),
            attempts=Attempts(transaction),
            restoring=Restoring(transaction),
            deliveries=Deliveries(transaction),
            outbox=Outbox(transaction),
            pauses=Pauses(transaction),
            waits=Waits(transaction),
            writes=Writes(transaction),
            statistics=Statistics(transaction),
            memory=Memory(transaction),
        )
