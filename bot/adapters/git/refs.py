"""The mirror's own refs, `refs/nightshift/…`: each belongs to one issue, and is moved by the attempt with its lease."""

from __future__ import annotations

import time
from pathlib import Path

from bot.adapters.git.command import GitFailed, git

_LAST_BREATH = 1.0  # seconds


def move_ref(mirror: Path, ref: str, commit: str | None) -> None:
    """Put a ref on a commit; None deletes it, and that there is none is fine.

    A lock that is in the way is what a git left that was killed, once that has had the time to be gone.
    """
    arguments = ("update-ref", "-d", ref) if commit is None else ("update-ref", ref, commit)
    try:
        git(*arguments, gitdir=mirror)
    except GitFailed as failed:
        if "cannot lock ref" not in failed.detail:
            raise
        time.sleep(_LAST_BREATH)
        (mirror / f"{ref}.lock").unlink(missing_ok=True)
        git(*arguments, gitdir=mirror)
