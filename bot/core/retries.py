"""Decides how long a failed request to GitHub is tried again: an outage of hours must lose nothing."""

from __future__ import annotations

_MOST_TRIES = 300  # a day and more, at one try every five minutes
_LONGEST_WAIT = 300.0


def next_try(tries: int, *, transient: bool, asked: float | None) -> float | None:
    """Seconds until it is tried again, after so many tries before this one that failed; None to give it up.

    `asked`: what a limit asks to wait, GitHub's or our own pace's. It is no try: it drops nothing. Else each wait is
    twice the one before, up to five minutes, as long as the failure is `transient`.
    """
    if asked is None and not (transient and tries + 1 < _MOST_TRIES):
        return None
    return asked or min(_LONGEST_WAIT, 2.0 ** min(tries, 9))
