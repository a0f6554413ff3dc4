"""Opens the ledger that the settings name. Commands that only read it load nothing else of the services."""

from __future__ import annotations

from bot.adapters.settings import Settings
from bot.adapters.store import Store, StoreUnusable


def open_ledger(settings: Settings) -> Store:
    """Creates DATA_DIR and the ledger, or migrates it, as needed. Raises StoreUnusable."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnusable(f"DATA_DIR: {folder} cannot be made ({error.strerror}); choose another folder") from error
    return Store.open(settings.database)
