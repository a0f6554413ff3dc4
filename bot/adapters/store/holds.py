"""Until when GitHub asked an account to wait: known to every process on the ledger, and after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Table, Text, select

from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA

_LONGEST = 86_400.0  # seconds; GitHub's longest limit is an hour
HOLDS = Table(
    "github_holds",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("noted_at", Moment),
    Column("until", Moment),
)


class Holds(Part):
    def find_wait(self, account: str, now: datetime) -> float:
        """Seconds that are left of it; 0 if there is none. What a clock noted that was ahead, and has been set back
        since, holds back nothing: how long it lasts is unknown."""
        row = self._connection.execute(select(HOLDS).where(HOLDS.c.account == account)).one_or_none()
        return 0.0 if row is None or row.noted_at > now else max((row.until - now).total_seconds(), 0.0)

    def note(self, account: str, seconds: float, now: datetime) -> None:
        """GitHub asked to wait so long from now. A longer wait that it asked for before goes on."""
        if self.find_wait(account, now) < (wait := min(seconds, _LONGEST)):
            self._put(HOLDS, {"account": account}, {"noted_at": now, "until": now + timedelta(seconds=wait)})
