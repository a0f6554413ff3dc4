"""`nightshift doctor`: whether the server of the ledger can be used, and how old the tables there are."""

from __future__ import annotations

from bot.adapters.settings import Settings
from bot.adapters.store import StoreUnusable, path_of
from bot.adapters.store.database_status import read_database_status
from bot.finding import Finding


def check_ledger_server(settings: Settings) -> list[Finding]:
    """None for a ledger in a file: what can be wrong with that is the data folder's."""
    if path_of(settings.database) is not None:
        return []
    try:
        found = read_database_status(settings.database)
    except StoreUnusable as error:
        fix = "fix it, or set DATABASE_URL (docs/fleet.md)"
        return [Finding(need="ledger", verdict="wrong", says=str(error), fix=fix, stops=True)]
    return [Finding(need="ledger", verdict="ok", says=found.lines()[0])]
