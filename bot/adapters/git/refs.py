"""The mirror's own refs, `refs/nightshift/…`: each belongs to one issue, and is moved by the attempt with its lease."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from bot.adapters.git.command import GitFailed, git

_LAST_BREATH = 1.0  # seconds
_IN_THE_WAY = ("cannot lock ref", "packed-refs.lock")
_PACKED_AGE = 10.0  # seconds; for so long git itself has waited for it (core.packedRefsTimeout)


def move_ref(mirror: Path, ref: str, commit: str | None) -> None:
    """Put a ref on a commit; None deletes it, and that there is none is fine.

    A lock that is in the way is what a git left that was killed, once that has had the time to be gone.
    """
    arguments = ("update-ref", "-d", ref) if commit is None else ("update-ref", ref, commit)
    try:
        git(*arguments, gitdir=mirror)
    except GitFailed as failed:
        if not any(words in failed.detail for words in _IN_THE_WAY):
            raise
        time.sleep(_LAST_BREATH)
        _drop_locks(mirror, ref)
        git(*arguments, gitdir=mirror)


def _drop_locks(mirror: Path, ref: str) -> None:
    """The ref's own; and that of all refs together, which deleting takes, if it has been there for all that time."""
    (mirror / f"{ref}.lock").unlink(missing_ok=True)
    packed = mirror / "packed-refs.lock"
    with suppress(FileNotFoundError):
        if time.time() - packed.stat().st_mtime >= _PACKED_AGE:
            packed.unlink()
