"""When something that is done every so often is to be done again."""

from __future__ import annotations

from datetime import datetime, timedelta


def is_due(at: datetime | None, every: timedelta, now: datetime) -> bool:
    """`at`: when it was said to be due, `every` after the time before; None if it was never done. A clock that was set
    back since does not put it off."""
    return at is None or not at - every <= now < at
