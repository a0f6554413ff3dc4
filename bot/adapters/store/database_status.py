"""What lies where `DATABASE_URL` leads, without changing it: which database, how old its tables are, how many rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from bot.adapters.store.address import path_of, show_address
from bot.adapters.store.engine import open_database
from bot.adapters.store.migrations import MIGRATIONS, MOVED, version
from bot.adapters.store.schema import ATTEMPTS, DELIVERIES, EVENTS, OUTBOX, TASKS

_SHOWN = (TASKS, ATTEMPTS, EVENTS, DELIVERIES, OUTBOX)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """`schema`: the last step that was taken; 0 for an empty database. `left`: the steps to take."""

    address: str
    schema: int
    left: tuple[str, ...]
    rows: dict[str, int]
    was_moved: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "database": self.address,
            "schema": self.schema,
            "newest": MIGRATIONS[-1].version,
            "steps": list(self.left),
            "rows": self.rows,
            "was_moved": self.was_moved,
        }

    def lines(self) -> list[str]:
        if self.was_moved:
            return [f"{self.address}: moved to a server, and not used any more"]
        known = MIGRATIONS[-1].version
        age = f"up to date (schema {self.schema})" if not self.left else f"schema {self.schema} of {known}"
        return [f"{self.address}: {age}", *(f"{name}: {count}" for name, count in self.rows.items())]


def read_database_status(url: str) -> DatabaseStatus:
    """Raises StoreUnusable."""
    path, shown = path_of(url), show_address(url)
    if path is not None and not path.exists():
        return DatabaseStatus(address=shown, schema=0, left=_find_left(0), rows={})
    database = open_database(url)
    try:
        with database.reading() as connection:
            found = version(connection)
            if found == MOVED:
                return DatabaseStatus(address=shown, schema=found, left=(), rows={}, was_moved=True)
            tables = _SHOWN if found == MIGRATIONS[-1].version else ()
            rows = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}
            return DatabaseStatus(address=shown, schema=found, left=_find_left(found), rows=rows)
    finally:
        database.close()


def _find_left(found: int) -> tuple[str, ...]:
    return tuple(f"{step.version}: {step.title}" for step in MIGRATIONS if step.version > found)
