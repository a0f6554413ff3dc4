"""Make a session's text fit to be kept and shown: first mask its secrets, then cut it.

The order matters: no detector recognises half a secret.
"""

from __future__ import annotations

from bot.adapters.known_secrets import NONE_KNOWN, KnownSecrets

_READ = 4  # times as much as is shown is read: masked text is shorter


def mask(text: str, known: KnownSecrets = NONE_KNOWN) -> str:
    """`text` with `***` for each part that is one of the `known` secrets, or looks like a secret."""
    from bot.adapters import secrets  # noqa: PLC0415 - its sixty detectors are not needed until a session has run

    return secrets.mask_secrets(known.hide(text))


def mask_start(text: str, limit: int) -> str:
    """At most `limit` characters of the beginning of `text`, masked."""
    return mask(text[: _READ * limit])[:limit]


def shown_end(text: str, limit: int, known: KnownSecrets = NONE_KNOWN) -> str:
    """At most `limit` characters of its end, masked. The word in which it is cut is left out."""
    read = text[-_READ * limit :]
    if len(read) < len(text):
        read = read[_first_break(read) :]
    return mask(read.strip(), known)[-limit:]


def _first_break(text: str) -> int:
    return next((index for index, character in enumerate(text) if character.isspace()), 0)
