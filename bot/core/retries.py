"""How long what GitHub does not take is tried again: an outage of hours must lose nothing."""

from __future__ import annotations

MOST_TRIES = 300  # a day and more, at one try every five minutes
_LONGEST_WAIT = 300.0


def retry_wait(tries: int) -> float:
    """Seconds until the next try, after so many before this one that failed: doubled each time, up to five minutes."""
    return min(_LONGEST_WAIT, 2.0 ** min(tries, 9))
