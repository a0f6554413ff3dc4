"""Decides how long a failed request to GitHub is tried again: an outage of hours must lose nothing."""

from __future__ import annotations

from http import HTTPStatus

_MOST_TRIES = 300  # a day and more, at one try every five minutes
_LONGEST_WAIT = 300.0
_TRIES_UNTIL_SEEN = 5  # half a minute


def next_try(tries: int, *, transient: bool, asked: float | None, status: int | None = None) -> float | None:
    """Seconds until it is tried again, after so many tries before this one that failed; None to give it up.

    `asked`: what a limit asks to wait, GitHub's or our own pace's. It is no try: it drops nothing. Else each wait is
    twice the one before, up to five minutes, as long as the failure is `transient`. `status`: of GitHub's answer, by
    which a failure that is not may pass all the same.
    """
    if asked is None and not (tries + 1 < _MOST_TRIES if transient else _may_appear(status, tries)):
        return None
    return asked or min(_LONGEST_WAIT, 2.0 ** min(tries, 9))


def _may_appear(status: int | None, tries: int) -> bool:
    """What GitHub does not find may be found later: its copies lag behind what was made a moment ago, and behind the
    webhook that tells of it (runatlantis/atlantis#1131, rust-lang/highfive#190)."""
    return status == HTTPStatus.NOT_FOUND and tries < _TRIES_UNTIL_SEEN
