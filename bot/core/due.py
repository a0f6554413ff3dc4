"""Decides when a periodic job is due."""

from __future__ import annotations

from datetime import datetime, timedelta


def is_due(at: datetime | None, every: timedelta, now: datetime) -> bool:
    """`at`: when it was said to be due, `every` after the time before; None if it was never done. Setting the clock
    back does not delay it."""
    return at is None or not at - every <= now < at
