"""Processes of the shell parser, `shfmt`: one for each text, since it reads a single text and ends.

Starting one takes longer than parsing, so some are started ahead (`prepare`), while no call waits. A parser that ends,
says nothing or does not stop costs its text the judgement, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

READY = 3
"""So many wait for a text. Most calls need one parser; each text within a text needs one more."""
SECONDS = 7.0
"""For one text; the client waits for 8."""
CPU_SECONDS = 10
"""The kernel ends a parser that runs on, also when the gate was killed before."""
ENVIRONMENT = {"GOMAXPROCS": "1"}
"""One thread at a time reads a text: with more, starting takes a third more of a processor."""
TREE_LIMIT = 6 * 1024 * 1024
COMPLAINT_LIMIT = 500
NOT_INSTALLED = "shfmt, the shell parser, is not installed beside Python"

_REJECTED = 1
_PIECE = 256 * 1024
_WHOLE = b"\n}\n"  # inner lines of the tree begin with tabs, so no part of it ends like this


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """`tree`: JSON; None if the text was not accepted, with the parser's complaint."""

    tree: bytes | None
    complaint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """A parser and our ends of its pipes."""

    pid: int
    source: int
    tree: int
    complaints: int


class ParserFailed(Exception):
    """No parser has answered for this text: it may be shell, and parsed the next time."""


class _Died(ParserFailed):
    """The parser ended without an answer. One that waited may have ended before it had the text."""


@dataclass(slots=True)
class Parsers:
    """The parsers that wait, those that have answered and end, and the lock of the thread that starts more."""

    waiting: deque[_Process] = field(default_factory=deque)
    _answered: deque[int] = field(default_factory=deque)
    _preparing: threading.Lock = field(default_factory=threading.Lock)

    def run(self, text: bytes, program: str | None = None, seconds: float = SECONDS) -> Parsed:
        """Parse one text, in any thread. `program`: another parser than the installed one. Raises ParserFailed."""
        self._reap()
        try:
            return self._run_waiting(text, seconds) or self._exchange(_start(program), text, seconds)
        except OSError as error:
            raise ParserFailed(f"the parser does not start ({error})") from error

    def prepare(self, count: int = READY, program: str | None = None) -> None:
        """Start parsers until `count` wait. What fails here is reported when a text needs a parser."""
        self._reap()
        if self._preparing.acquire(blocking=False):
            try:
                with contextlib.suppress(OSError):
                    while len(self.waiting) < count:
                        self.waiting.append(_start(program))
            finally:
                self._preparing.release()

    def _run_waiting(self, text: bytes, seconds: float) -> Parsed | None:
        """What a parser says that waited; None if none does, or if it died."""
        try:
            return self._exchange(self.waiting.popleft(), text, seconds)
        except (IndexError, _Died):
            return None

    def _exchange(self, process: _Process, text: bytes, seconds: float) -> Parsed:
        exchange = _Exchange(process=process, rest=text)
        exchange.run_until(time.monotonic() + seconds)
        if exchange.is_whole():
            self._answered.append(process.pid)  # it ends by itself, which takes a quarter of the whole time
            return Parsed(tree=bytes(exchange.tree))
        return Parsed(tree=None, complaint=exchange.end())

    def _reap(self) -> None:
        """Without waiting: those that have not ended yet come last, and are looked at next time."""
        for _ in range(len(self._answered)):
            with contextlib.suppress(IndexError, ChildProcessError):
                pid = self._answered.popleft()
                if os.waitpid(pid, os.WNOHANG)[0] == 0:
                    self._answered.append(pid)


PARSERS = Parsers()
"""Those of this process."""


@lru_cache(maxsize=1)
def _find_installed() -> str:
    beside = Path(sys.executable).with_name("shfmt")
    found = str(beside) if beside.exists() else shutil.which("shfmt")
    if found is None:
        raise FileNotFoundError(NOT_INSTALLED)
    return found


def _start(program: str | None) -> _Process:
    """`posix_spawn` costs half of what `subprocess` does. Raises OSError."""
    path = program or _find_installed()
    ends: list[tuple[int, int]] = []
    try:
        for _ in range(3):
            ends.append(os.pipe())  # not in one expression: those that were made are closed if a later one fails
        theirs, ours = (ends[0][0], ends[1][1], ends[2][1]), (ends[0][1], ends[1][0], ends[2][0])
        wires = [(os.POSIX_SPAWN_DUP2, end, number) for number, end in enumerate(theirs)]
        pid = os.posix_spawn(path, ["shfmt", "-ln=bash", "--to-json"], ENVIRONMENT, file_actions=wires)
    except OSError:
        _close(end for pair in ends for end in pair)
        raise
    _close(theirs)
    with contextlib.suppress(OSError):
        resource.prlimit(pid, resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    return _Process(pid=pid, source=ours[0], tree=ours[1], complaints=ours[2])


def _close(descriptors: Iterable[int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


@dataclass(slots=True, kw_only=True)
class _Exchange:
    """One text and what the parser prints, until that is whole, has ended, is too large or late."""

    process: _Process
    rest: bytes
    tree: bytearray = field(default_factory=bytearray)
    complaint: bytearray = field(default_factory=bytearray)
    _open: set[int] = field(default_factory=set)
    _late: bool = False

    def run_until(self, deadline: float) -> None:
        """Send the text and read, both as far as the pipes permit: neither may wait for the other."""
        process = self.process
        self._open = {process.source, process.tree, process.complaints}
        os.set_blocking(process.source, False)
        poll = select.poll()
        poll.register(process.source, select.POLLOUT)
        poll.register(process.tree, select.POLLIN)
        poll.register(process.complaints, select.POLLIN)
        try:
            while self._expects_more() and not self._late:
                ready = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
                self._late = not ready
                for descriptor, _ in ready:
                    if not self._move(descriptor):
                        poll.unregister(descriptor)
                        self._close(descriptor)
        finally:
            for descriptor in list(self._open):
                self._close(descriptor)

    def is_whole(self) -> bool:
        return self.tree.endswith(_WHOLE) and not self._is_too_large()

    def end(self) -> str:
        """End the parser of a text that was not accepted; returns its complaint. Raises ParserFailed if it has none."""
        if self._late or self._is_too_large():
            os.kill(self.process.pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(self.process.pid, 0)[1])
        if self._is_too_large():
            raise ParserFailed(f"its tree is larger than {TREE_LIMIT} bytes")
        if self._late:
            raise ParserFailed("the parser gave no answer in time")
        complaint = self.complaint.decode("utf-8", "replace") or f"the parser ended with {status}"
        if status != _REJECTED:
            raise _Died(complaint)
        return complaint

    def _expects_more(self) -> bool:
        talks = self.process.tree in self._open or self.process.complaints in self._open
        return talks and not self.is_whole() and not self._is_too_large()

    def _is_too_large(self) -> bool:
        return len(self.tree) > TREE_LIMIT

    def _move(self, descriptor: int) -> bool:
        """Write or read what the pipe takes or has; False if that was all."""
        if descriptor == self.process.source:
            with contextlib.suppress(BrokenPipeError):  # it has seen enough, or has ended
                self.rest = self.rest[os.write(descriptor, self.rest) :]
                return bool(self.rest)
            return False
        piece = os.read(descriptor, _PIECE)
        if descriptor == self.process.tree:
            self.tree += piece
        else:
            self.complaint = (self.complaint + piece)[:COMPLAINT_LIMIT]
        return bool(piece)

    def _close(self, descriptor: int) -> None:
        self._open.discard(descriptor)
        os.close(descriptor)
