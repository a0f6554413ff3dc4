"""What a refusal of a token means: GitHub may not know a new one everywhere yet, and may have revoked an old one.

A token that was made a moment ago is answered with 401 or 403 for some seconds (octokit/auth-app.js#65, #589); one that
is older may have been revoked, as when an App is installed again or its permissions change.
"""

from __future__ import annotations

from enum import Enum

_NEW_SECONDS = 60.0
_RENEWED_SECONDS = 300.0  # for which another new token would fare no better
_UNAUTHORIZED = 401


class AfterRefusal(Enum):
    RENEW = "ask again with a new token"
    WAIT = "ask again later with the same one"
    GIVE_UP = "it is no matter of the token's age"


def after_refusal(status: int, age: float, *, was_renewed: bool) -> AfterRefusal:
    """`age`: of the token, in seconds; negative if the clock was set back. `was_renewed`: it replaced one that was
    refused."""
    if 0 <= age < _NEW_SECONDS:
        return AfterRefusal.WAIT
    if status == _UNAUTHORIZED and not (was_renewed and 0 <= age < _RENEWED_SECONDS):
        return AfterRefusal.RENEW
    return AfterRefusal.GIVE_UP
