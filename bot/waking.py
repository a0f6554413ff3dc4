"""Wakes the workers, on this host and on others, after something was put into the ledger for them."""

from __future__ import annotations

from pathlib import Path

from bot.adapters.store import Store
from bot.adapters.wake import wake_all


def wake_workers(store: Store, folder: Path) -> None:
    """`folder`: where the workers of this host have their pipes. Never raises: they look every few seconds anyway."""
    wake_all(folder)
    store.wake_others()
