"""The standard streams of a program as sockets: unlike a pipe or a file, no process can open them again in /proc."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import IO

from bot.adapters.sockets import shut

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Feed:
    """What the program reads: each piece in its order, until `end`. Neither waits for the program."""

    _pieces: SimpleQueue[bytes | None] = field(default_factory=SimpleQueue)

    def give(self, piece: bytes) -> None:
        self._pieces.put(piece)

    def end(self) -> None:
        """The program reads an end of file. Repeating it changes nothing."""
        self._pieces.put(None)

    def send_to(self, end: socket.socket) -> None:
        with contextlib.suppress(OSError):  # the program has ended, or does not read
            while (piece := self._pieces.get()) is not None:
                end.sendall(piece)
            end.shutdown(socket.SHUT_WR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """The program's ends; of `stdout` the host's end comes first. `feed`: what it reads."""

    stdin: socket.socket
    stdout: tuple[socket.socket, socket.socket]
    stderr: socket.socket
    feed: Feed


@contextlib.contextmanager
def channels(given: bytes, stderr: Path, most: int) -> Iterator[Channels]:
    """`given`: what the program reads first; `stderr`: the file for its errors, of which `most` bytes are kept.

    Raises OSError at the end if they could not be kept, as on a full disk.
    """
    lost: list[OSError] = []
    what = Feed()
    what.give(given)
    feed, stdin = socket.socketpair()
    drain, errors = socket.socketpair()
    out, stdout = socket.socketpair()
    with feed, stdin, drain, errors, out, stdout, stderr.open("wb", buffering=0) as file:
        threads = (
            threading.Thread(target=what.send_to, args=(feed,), daemon=True),
            threading.Thread(target=_drain, args=(drain, file, most, lost), daemon=True),
        )
        for thread in threads:
            thread.start()
        try:
            yield Channels(stdin=stdin, stdout=(out, stdout), stderr=errors, feed=what)
        finally:
            errors.close()  # the program's own end is closed with it, so what it wrote last is read to its end
            what.end()
            for end in (feed, stdin):
                shut(end)
            for thread in threads:
                thread.join()
        for error in lost:
            raise error


def _drain(end: socket.socket, file: IO[bytes], most: int, lost: list[OSError]) -> None:
    """To its end, also beyond what is kept or can be: a full socket would block the program."""
    kept = 0
    while piece := end.recv(_CHUNK):
        if not lost:
            _write(file, piece[: max(0, most + 1 - kept)], lost)  # one byte more shows that it was too much
        kept += len(piece)


def _write(file: IO[bytes], piece: bytes, lost: list[OSError]) -> None:
    try:
        file.write(piece)
    except OSError as error:
        lost.append(error)
