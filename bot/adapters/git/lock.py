"""One writer of a mirror at a time, across processes."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.failures import FailureKind, TaskFailed

_POLL = 0.05


@contextmanager
def locked(path: Path, *, wait: float) -> Iterator[int]:
    """Hold the lock file while the block runs; yields its descriptor.

    Give the descriptor to the children: a git that outlives a killed worker then keeps the lock until it ends.
    Raises TaskFailed(REPO_LOCKED) after `wait` seconds.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + wait
        while not _try_lock(descriptor):
            if time.monotonic() > deadline:
                raise TaskFailed(FailureKind.REPO_LOCKED, f"{path.name} was held for more than {wait:.0f} s")
            time.sleep(_POLL)
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
