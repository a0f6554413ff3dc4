"""Opens the ledger that the settings name. Commands that only read it load nothing else of the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.adapters.settings import Settings
from bot.adapters.store import Store, StoreUnusable, path_of


def clock_of(settings: Settings, store: Callable[[], Store], own: Callable[[], datetime]) -> Callable[[], datetime]:
    """Leases and due times are compared by all hosts on a server, whose clocks may differ: they take the server's."""
    return own if path_of(settings.database) is not None else lambda: store().now()


def open_ledger(settings: Settings) -> Store:
    """Creates DATA_DIR and the ledger, or migrates it, as needed. Raises StoreUnusable."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StoreUnusable(f"DATA_DIR: {folder} cannot be made ({error.strerror}); choose another folder") from error
    return Store.open(settings.database)
