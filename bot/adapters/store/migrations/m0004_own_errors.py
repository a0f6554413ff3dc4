"""A table for the bugs that were caught, and no column that is not read.

The count of bugs lay among GitHub's answers, where it could be removed as an old one. What `m0003_memory` moved from a
ledger without tasks had no time: it counts from now on, or all of it would be past its retention at once.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, text

from bot.adapters.store.migrations.migration import Migration

_BEFORE = "nightshift:errors"
_TIMES = {"commands_seen": "at", "replies": "at", "http_cache": "at", "outbox": "posted_at"}


def _move(connection: Connection) -> None:
    found = connection.scalar(text("SELECT value FROM http_cache WHERE url = :url"), {"url": _BEFORE})
    if found is not None:
        with suppress(ValueError, KeyError, TypeError):  # it is a count for a person: one that is damaged begins again
            _keep(connection, json.loads(found))
        connection.execute(text("DELETE FROM http_cache WHERE url = :url"), {"url": _BEFORE})
    for table, column in _TIMES.items():
        since = text(f"UPDATE {table} SET {column} = :now WHERE {column} = 0")  # noqa: S608 - names from this module
        connection.execute(since, {"now": time.time_ns() // 1000})


def _keep(connection: Connection, caught: dict[str, object]) -> None:
    at = datetime.fromisoformat(str(caught["at"])).timestamp()
    row = {"caught": int(str(caught["count"])), "at": int(at * 1_000_000), "last": str(caught["last"])}
    connection.execute(text("INSERT INTO own_errors VALUES (1, :caught, :at, :last)"), row)


OWN_ERRORS = Migration(
    version=4,
    title="a table for bugs, and unread columns removed",
    statements=(
        """CREATE TABLE own_errors (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            caught INTEGER NOT NULL,
            last_at BIGINT NOT NULL,
            last TEXT NOT NULL
        )""",
        "ALTER TABLE bookmarks DROP COLUMN etag",
        "ALTER TABLE delivery_logs DROP COLUMN etag",
        "ALTER TABLE kept_work DROP COLUMN attempt",
        "ALTER TABLE kept_work DROP COLUMN cost_usd",
    ),
    move=_move,
)
