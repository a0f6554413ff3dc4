"""One writer of a mirror at a time, across processes; and many users of it at once, or one who tidies it up."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.failures import FailureKind, TaskFailed

_POLL = 0.05


class LockHeld(TaskFailed):
    """Somebody else holds it, longer than the caller may wait."""

    def __init__(self, path: Path, wait: float) -> None:
        super().__init__(FailureKind.REPO_LOCKED, f"another process held {path.name} for more than {wait:.0f} s")


@contextmanager
def hold_lock(path: Path, *, wait: float) -> Iterator[int]:
    """Hold the lock file while the block runs; yields its descriptor.

    Give the descriptor to the children: a git that outlives a killed worker then keeps the lock until it ends.
    Raises LockHeld after `wait` seconds.
    """
    descriptor = acquire(path, wait=wait)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def acquire(path: Path, *, wait: float, shared: bool = False) -> int:
    """The descriptor of the lock file, which holds the lock until it is closed. Raises as `locked` does."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    got = False
    try:
        got = _wait_for(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, wait)
    finally:
        if not got:
            os.close(descriptor)
    if not got:
        raise LockHeld(path, wait)
    return descriptor


def _wait_for(descriptor: int, how: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _try_lock(descriptor, how):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _try_lock(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
