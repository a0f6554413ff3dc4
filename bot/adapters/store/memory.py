"""Small facts that outlive a run: the id of an issue's status comment, a poll's cursor, an ETag."""

from __future__ import annotations

from sqlalchemy import func, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import MEMORY


class Memory(Part):
    def remember(self, key: str, value: str) -> None:
        row = self._insert(MEMORY).values(key=key, value=value)
        self._connection.execute(row.on_conflict_do_update(index_elements=[MEMORY.c.key], set_={"value": value}))

    def recall(self, key: str) -> str | None:
        return self._connection.scalar(select(MEMORY.c.value).where(MEMORY.c.key == key))

    def recall_prefix(self, prefix: str) -> dict[str, str]:
        """Every key that starts with `prefix`, in its own spelling (LIKE would take a for A), with its value."""
        starts = func.substr(MEMORY.c.key, 1, len(prefix)) == prefix
        rows = self._connection.execute(select(MEMORY).where(starts).order_by(MEMORY.c.key))
        return {row.key: row.value for row in rows}
