"""What an older Nightshift kept in its key/value table under keys that no table of today takes."""

from __future__ import annotations

from sqlalchemy import select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import LEFTOVERS


class Leftovers(Part):
    """Read by no part of the program; an operator may look whether something of theirs is in there."""

    def all(self) -> dict[str, str]:
        return {row.key: row.value for row in self._connection.execute(select(LEFTOVERS).order_by(LEFTOVERS.c.key))}
