"""A random key of this installation, in a file that only its owner may read: made when it is first needed."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

_BYTES = 32


def provide_key(path: Path) -> bytes:
    """The same for all processes: of several that make it at once, one does. Raises OSError, and ValueError for a file
    that holds something else: what is signed with a shorter key could be guessed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        _make_key(path)
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise ValueError(f"{path} is not a key of Nightshift: delete it, and a new one is made")
    return key


def _make_key(path: Path) -> None:
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        with suppress(FileExistsError):
            path.hardlink_to(new)  # whole or not at all, and never over one that others use already
    finally:
        new.unlink()
