"""What came in and what goes out, for pages: deliveries and messages, the newest first, as many as a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import literal_column, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import DELIVERIES, OUTBOX


class RowFilter(StrEnum):
    ALL = "all"
    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownDelivery:
    """`note`: why it was postponed, or what came of it."""

    guid: str
    event: str
    tries: int
    due_at: datetime
    done_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """`due_at`: None once it was sent, or given up with a `note`."""

    key: str
    kind: str
    payload: Mapping[str, object]
    tries: int
    posted_at: datetime
    due_at: datetime | None
    note: str


class Traffic(Part):
    def deliveries(self, chosen: RowFilter, *, limit: int, offset: int = 0) -> list[ShownDelivery]:
        """A pending one has not been worked on; a failed one was postponed and waits for another try."""
        names = ("guid", "event", "tries", "due_at", "done_at", "note")
        found = select(*(DELIVERIES.c[name] for name in names)).order_by(DELIVERIES.c.id.desc())
        if chosen is not RowFilter.ALL:
            found = found.where(DELIVERIES.c.done_at.is_(None))
        if chosen is RowFilter.FAILED:
            found = found.where(DELIVERIES.c.tries > 0)
        rows = self._connection.execute(found.limit(limit).offset(offset))
        return [ShownDelivery(**{name: row._mapping[name] for name in names}) for row in rows]

    def messages(self, chosen: RowFilter, *, limit: int, offset: int = 0) -> list[ShownMessage]:
        """A pending one is not sent yet; a failed one was refused for good."""
        names = ("key", "kind", "payload", "tries", "posted_at", "due_at", "note")
        found = select(*(OUTBOX.c[name] for name in names)).order_by(OUTBOX.c.id.desc())
        if chosen is RowFilter.PENDING:
            found = found.where(OUTBOX.c.due_at.is_not(None))
        if chosen is RowFilter.FAILED:
            found = found.where(OUTBOX.c.due_at.is_(None), OUTBOX.c.note != literal_column("''"))
        rows = self._connection.execute(found.limit(limit).offset(offset))
        return [ShownMessage(**{name: row._mapping[name] for name in names}) for row in rows]
