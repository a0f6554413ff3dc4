"""Tidy up a mirror while nothing uses it: drop old work, repack, and prune what nothing reaches.

Workspaces and quarantines borrow a mirror's objects without the mirror knowing of them: `gc --prune=now` after a force
push leaves them with `bad object HEAD` (git 2.39.5). So it runs only under a lock that every attempt on that repository
shares for as long as it runs, and only what has been unreachable for two weeks goes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.git.bounds import NETWORK
from bot.adapters.git.command import NETWORK_SECONDS, git
from bot.adapters.git.first_contact import has_begun
from bot.adapters.git.lock import LockHeld, hold_lock
from bot.adapters.git.refs import move_ref
from bot.core.references import USUAL_BRANCHES, OwnBranches

_log = logging.getLogger(__name__)

UNREACHABLE_FOR = timedelta(days=14)
_MOST_LOOSE = 1000  # objects
_MOST_PACKS = 20
_WORK, _PINS = "refs/nightshift/work", "refs/nightshift/pins"


def fetch_lock(mirror: Path) -> Path:
    """The lock that every fetch into a mirror holds."""
    return mirror.with_name(f"{mirror.name}.lock")


def use_lock(mirror: Path) -> Path:
    """The lock that users of a mirror's objects share, and that pruning holds alone."""
    return mirror.with_name(f"{mirror.name}.use.lock")


def tidy(
    mirror: Path,
    *,
    needed: Collection[str],
    now: datetime,
    keep: timedelta = UNREACHABLE_FOR,
    stopping: Callable[[], bool] = lambda: False,
    own: OwnBranches = USUAL_BRANCHES,
) -> bool:
    """Tidy up a mirror if it needs it and nothing uses it now. Returns whether it did. `needed`: commits that an
    attempt may continue from. `keep`: how long other work, and what nothing reaches, stays. Raises CommandFailed."""
    old = now - keep
    try:
        with ExitStack() as held:
            for lock in (use_lock(mirror), fetch_lock(mirror)):
                held.enter_context(hold_lock(lock, wait=0.0))
            if has_begun(mirror):  # commits whose files are not here yet cannot be repacked
                return False
            dropped = _drop_refs(mirror, needed, old, own)
            if not dropped and not _is_untidy(mirror):
                return False
            _repack(mirror, old, stopping)
    except LockHeld:
        return False
    _log.info("mirror %s is repacked and pruned", mirror.name)
    return True


def _drop_refs(mirror: Path, needed: Collection[str], old: datetime, own: OwnBranches) -> bool:
    """Pins belong to attempts, and none runs. Work that no attempt continues is kept for a while, for inspection."""
    places = (_WORK, _PINS, f"refs/remotes/origin/{own.prefix}")
    form = "--format=%(committerdate:unix) %(objectname) %(refname)"
    rows = [row.split(" ", 2) for row in git("for-each-ref", form, *places, gitdir=mirror).text.splitlines()]
    gone = [
        ref
        for at, commit, ref in rows
        if ref.startswith(_PINS) or (commit not in needed and float(at) < old.timestamp())
    ]
    for ref in gone:
        move_ref(mirror, ref, None)
    return bool(gone)


def _is_untidy(mirror: Path) -> bool:
    counted = dict(line.split(": ") for line in git("count-objects", "-v", gitdir=mirror).text.splitlines())
    return int(counted["count"]) > _MOST_LOOSE or int(counted["packs"]) > _MOST_PACKS


def _repack(mirror: Path, old: datetime, stopping: Callable[[], bool]) -> None:
    """Objects that are unreachable but not old stay, unpacked."""
    since = f"{int(old.timestamp())}"
    repack = ("repack", "-q", "-A", "-d", "-l", f"--unpack-unreachable={since}")
    for command in (repack, ("prune", f"--expire={since}")):
        git(*command, gitdir=mirror, timeout=NETWORK_SECONDS, bounds=NETWORK, stopping=stopping)
