"""Wakes idle workers: the webhook receiver's processes write a byte to a named pipe of each worker in the data folder.

A hint, not a message: what is to be done stands in the ledger, and a worker looks there every few seconds anyway. So
nothing is lost if a byte is, and no failure of a pipe ever holds anything up. Each worker has a pipe by itself, because
a byte in a shared one would wake only one of them; a pipe and not a socket, because its path may have any length.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
import select
import threading
from collections.abc import Iterator
from pathlib import Path

_log = logging.getLogger(__name__)

_SUFFIX = ".fifo"
_SOME = 65536
_GONE = frozenset({errno.ENXIO, errno.ENOENT})


def wake_all(folder: Path) -> None:
    """Wake every worker that waits there. Never raises, never waits."""
    with contextlib.suppress(OSError):
        for pipe in folder.glob(f"*{_SUFFIX}"):
            _write_to(pipe)


def _write_to(pipe: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.write(descriptor, b"!")
        finally:
            os.close(descriptor)


class Waker:
    """What one worker waits with. `descriptor` None: no pipe could be made there, and only time wakes it."""

    def __init__(self, descriptor: int | None = None) -> None:
        self._descriptor = descriptor
        self._using = threading.RLock()  # a signal's handler may wake amid anything

    def wait(self, seconds: float) -> bool:
        """Whether it was woken before the time was over. Every byte that came so far is taken together."""
        waiting = select.poll()
        if self._descriptor is not None:
            waiting.register(self._descriptor, select.POLLIN)
        if not waiting.poll(max(0.0, seconds) * 1000) or self._descriptor is None:
            return False
        with contextlib.suppress(BlockingIOError):
            while os.read(self._descriptor, _SOME):
                pass
        return True

    def wake(self) -> None:
        """From any thread of this process, also after its end. A pipe that is full wakes as well."""
        with self._using, contextlib.suppress(OSError):
            if self._descriptor is not None:
                os.write(self._descriptor, b"!")

    def close(self) -> None:
        with self._using:
            descriptor, self._descriptor = self._descriptor, None
            if descriptor is not None:
                os.close(descriptor)


@contextlib.contextmanager
def waker(folder: Path) -> Iterator[Waker]:
    """A pipe in `folder` while the block runs. Those of workers that were killed are removed first."""
    path = folder / f"{secrets.token_hex(8)}{_SUFFIX}"
    opened = Waker(_open(folder, path))
    try:
        yield opened
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        opened.close()


def _open(folder: Path, path: Path) -> int | None:
    """Open for reading and writing, so that it never ends, before it has the name by which others find it: to them, one
    that no process reads was left behind."""
    new = path.with_suffix(".new")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_left_behind(folder)
        os.mkfifo(new, 0o600)
        descriptor = os.open(new, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        new.rename(path)
    except OSError as error:
        _log.warning("no pipe can be made in %s (%s): this worker looks every few seconds instead", folder, error)
        return None
    return descriptor


def _remove_left_behind(folder: Path) -> None:
    for pipe in folder.glob(f"*{_SUFFIX}"):
        try:
            os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW))
        except OSError as error:
            if error.errno in _GONE:
                with contextlib.suppress(OSError):  # it wakes no worker, and keeps no other from being woken
                    pipe.unlink(missing_ok=True)
