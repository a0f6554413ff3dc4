"""How many rows of the ledger wait, for the stories of the worker's loop."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from bot.wiring import Services


def count(services: Services, rows: str) -> int:
    with closing(sqlite3.connect(services.settings.data_dir / "nightshift.sqlite")) as ledger:
        (found,) = ledger.execute(f"SELECT count(*) FROM {rows}").fetchone()  # noqa: S608 - a test's own words
    return int(found)


def pending(services: Services) -> int:
    return count(services, "deliveries WHERE done_at IS NULL")
