"""A mirror's refs: its own, `refs/nightshift/…`, each of which belongs to one issue and is moved by the attempt with
its lease; and those of branches that are not mirrored any more."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from pathlib import Path

from bot.adapters.git.command import PACKED_REFS_SECONDS, git
from bot.adapters.process import CommandFailed
from bot.core.references import OwnBranches

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?<!\.lock)(?<!\.)")
_LOCK_GRACE_SECONDS = 1.0  # for a git that was killed to be gone
_BLOCKED = ("cannot lock ref", "packed-refs.lock")


def pin_ref(name: str) -> str:
    """What keeps a commit, and all that it reaches, under a name."""
    if _NAME.fullmatch(name) is None or ".." in name:
        raise ValueError(f"{name!r} cannot name a pin: expected letters, digits, `-`, `_` and `.`")
    return f"refs/nightshift/pins/{name}"


def work_ref(branch: str) -> str:
    """Where the last accepted work for a branch stays in the mirror, pushed or not."""
    return f"refs/nightshift/work/{branch}"


def move_ref(mirror: Path, ref: str, commit: str | None) -> None:
    """Put a ref on a commit; None deletes it, if it is there.

    A lock that still blocks the ref after a moment was left by a git that was killed.
    """
    arguments = ("update-ref", "-d", ref) if commit is None else ("update-ref", ref, commit)
    try:
        git(*arguments, gitdir=mirror)
    except CommandFailed as failed:
        if not any(words in failed.detail for words in _BLOCKED):
            raise
        time.sleep(_LOCK_GRACE_SECONDS)
        (mirror / f"{ref}.lock").unlink(missing_ok=True)
        drop_old_lock(mirror / "packed-refs.lock", PACKED_REFS_SECONDS)  # deleting takes it, and git waited for so long
        git(*arguments, gitdir=mirror)


def drop_old_lock(lock: Path, seconds: float) -> None:
    """Remove a lock that is at least so old: a killed git left it. A newer one may be in use."""
    with suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime >= seconds:
            lock.unlink()


def forget_other_branches(mirror: Path, branch: str, own: OwnBranches) -> None:
    """Branches that are not mirrored any more: a default branch that was renamed, and what earlier versions of
    Nightshift fetched."""
    refs = git("for-each-ref", "--format=%(refname)", "refs/remotes/origin", gitdir=mirror).text.split("\n")
    kept = (f"refs/remotes/origin/{own.prefix}", f"refs/remotes/origin/{branch}")
    gone = [ref for ref in refs if ref and ref != kept[1] and not ref.startswith(kept[0])]
    if gone:
        git("update-ref", "--stdin", gitdir=mirror, stdin="".join(f"delete {ref}\n" for ref in gone).encode())
