"""What one process or thread of a host has for itself: a lock on a file."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.store.unusable import explain_unopened


@dataclass(frozen=True, slots=True)
class FileHold:
    descriptor: int

    def is_held(self) -> bool:
        return True

    def close(self) -> None:
        os.close(self.descriptor)


class NoHold:
    """What any number of them may have at once."""

    def is_held(self) -> bool:
        return True

    def close(self) -> None:
        pass


NO_HOLD = NoHold()


def try_to_hold(path: Path) -> FileHold | None:
    """None if another one holds it. Raises StoreUnusable."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise explain_unopened(path, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return FileHold(descriptor)
