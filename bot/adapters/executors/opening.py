"""Opens the executor `temporal` from the settings."""

from __future__ import annotations

from datetime import timedelta

from bot.adapters.executors.connection import place_of
from bot.adapters.executors.temporal import TemporalExecutor
from bot.adapters.settings import Settings

_LONGEST_IN_SESSIONS = 12  # its sessions, and as long again for set-up and checks


def open_temporal(settings: Settings) -> TemporalExecutor:
    """Connects with the first call. Raises ExecutorUnreachable where the settings name no Temporal."""
    longest = timedelta(minutes=settings.session_minutes) * _LONGEST_IN_SESSIONS
    return TemporalExecutor(place_of(settings), longest=longest, heartbeat=settings.lease)
