"""Records of long ago, and the pruning of them."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, inspect

from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.retention import Removed, Retention
from bot.steps.pruning import Pruning

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1000)
KEEP = Retention(tasks=timedelta(days=2000))  # what becomes of the tasks themselves: test_retention_of_tasks.py
OPEN, DONE = IssueRef("octo/tools", 1), IssueRef("octo/tools", 2)


def pruning(store: Store, folder: Path, now: datetime = NOW) -> Pruning:
    return Pruning(store=store, folder=folder, retention=KEEP, clock=lambda: now, served=lambda: ())


def counts(removed: list[Removed]) -> dict[str, int]:
    return {each.what: each.count for each in removed if each.count}


def keep_file(path: Path, at: datetime = LONG_AGO, text: str = "kept") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    for each in (path, *path.parents[:2]):
        os.utime(each, (at.timestamp(), at.timestamp()))
    return path


def foreign_keys(connection: Connection) -> dict[tuple[str, str], str]:
    """By table and column: what is done with the row whose task is deleted."""
    if connection.dialect.name == "sqlite":
        tables = [row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]
        asked = ((table, connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})")) for table in tables)
        return {(table, key[3]): key[6] for table, keys in asked for key in keys if key[2] == "tasks"}
    found = inspect(connection).get_multi_foreign_keys()
    keys = ((table, key) for (_, table), of_table in found.items() for key in of_table)
    return {(table, str(key["constrained_columns"][0])): str(key["options"]["ondelete"]) for table, key in keys}
