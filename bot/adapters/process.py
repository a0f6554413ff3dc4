"""Children: list arguments, an explicit folder and environment, always a time limit, and nothing left at the end.

Every child runs under `supervise`, which ends its whole tree whatever sessions and groups that has spread to, also
when Nightshift itself is killed.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil

from bot.adapters import supervise

_MARGIN = 15.0  # beyond its grace, what the supervisor may take to end a tree
_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 25  # a longer one comes in pieces: no child fills the memory
TICK = 0.25
KEPT = 1 << 23


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A child that has ended. `timed_out`: it was stopped at its time limit."""

    code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False


class Child:
    """A running child; leaving the `with` block ends it and all its descendants.

    `stdin`: a file or a socket to read from, or nothing; `stderr`: one to write to; `stdout`: both ends of a socket to
    take its output from, instead of a pipe; `keep_open`: descriptors that it inherits.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stderr: IO[bytes] | socket.socket,
        stdin: IO[bytes] | socket.socket | None = None,
        stdout: tuple[socket.socket, socket.socket] | None = None,
        keep_open: Sequence[int] = (),
        grace: float = 5.0,
    ) -> None:
        self._grace = grace
        self._process = subprocess.Popen(
            [sys.executable, "-I", supervise.__file__, str(os.getpid()), str(grace), *command],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL if stdin is None else stdin.fileno(),
            stdout=subprocess.PIPE if stdout is None else stdout[1].fileno(),
            stderr=stderr.fileno(),
            start_new_session=True,
            pass_fds=tuple(keep_open),
        )
        output = self._process.stdout if stdout is None else stdout[0]
        assert output is not None  # noqa: S101 - asked for above; tells the type checker
        self._stdout: IO[bytes] | socket.socket = output
        if stdout is not None:
            stdout[1].close()  # the child's own now: once it has closed it there is no more to come
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.stop()
        self._selector.close()
        self._stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def chunks(self) -> Iterator[bytes | None]:
        """Its stdout as it comes; None after each chunk and at least every `TICK` seconds, so that whoever reads can
        look at the clock. Ends when the child has closed its stdout: at the latest when it has ended."""
        while True:
            if self._selector.select(TICK):
                chunk = os.read(self._stdout.fileno(), _CHUNK)
                if not chunk:
                    return
                yield chunk
            yield None

    def lines(self) -> Iterator[bytes | None]:
        """As `chunks`, but each line with its end."""
        begun: list[bytes] = []  # pieces of a line that has not ended yet
        for chunk in self.chunks():
            if chunk is None:
                yield None
                continue
            *ends, rest = chunk.split(b"\n")
            for end in ends:
                yield b"".join((*begun, end, b"\n"))
                begun.clear()
            begun.append(rest)
            if sum(map(len, begun)) > _LONGEST_LINE:
                yield b"".join(begun)
                begun.clear()
        if any(begun):
            yield b"".join(begun)

    def stop(self) -> int:
        """Ask it to end, end it after its grace, then end every descendant. Returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self.wait(self._grace + _MARGIN)

    def wait(self, seconds: float) -> int:
        """The exit code (128 + number for a signal). What has not ended after so many seconds is killed from here."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._kill_tree()
            return self._process.wait()

    def _kill_tree(self) -> None:
        # The descendants first: without their supervisor nobody could tell whose they were.
        for process in psutil.Process(self._process.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.kill()


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    seconds: float,
    stdin: bytes = b"",
    keep_open: Sequence[int] = (),
) -> Finished:
    """Run a command to its end, or to its time limit, and keep the last `KEPT` bytes of each of its outputs."""
    deadline = time.monotonic() + seconds
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as stderr:
        given.write(stdin)
        given.seek(0)
        with Child(command, cwd=cwd, env=env, stdin=given, stderr=stderr, keep_open=keep_open) as child:
            stdout, timed_out = _read(child, deadline)
            code = child.stop() if timed_out else child.wait(max(_MARGIN, deadline - time.monotonic()))
        return Finished(code=code, stdout=stdout, stderr=_last_of(stderr), timed_out=timed_out)


def _read(child: Child, deadline: float) -> tuple[bytes, bool]:
    """The last of its stdout, and whether its time was up."""
    read: deque[bytes] = deque([b""])
    size = 0
    for chunk in child.chunks():
        if chunk is not None:
            read.append(chunk)
            size += len(chunk)
        while size - len(read[0]) >= KEPT:
            size -= len(read.popleft())
        if time.monotonic() > deadline:
            return b"".join(read)[-KEPT:], True
    return b"".join(read)[-KEPT:], False


def _last_of(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - KEPT))
    return file.read()
