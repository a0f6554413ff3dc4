"""Run programs: one to its end (`run`), or one that is watched while it runs (`Child`).

Both build the environment from what the caller gives and leave nothing running. Supervised, a program runs under
`supervise.py`, which also ends the descendants that started a new session (setsid).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psutil

from bot.adapters import supervise
from bot.adapters.output import LARGEST_OUTPUT, TooMuchOutput, read_to_end
from bot.core.failures import FailureKind, TaskFailed

TICK = 0.25
_GRACE = 5.0  # seconds between SIGTERM and the end by force
_MARGIN = 15.0  # seconds beyond its grace that the supervisor may take to end a tree
_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 25  # a longer one comes in pieces: no child fills the memory
_TAIL = 2000  # characters of an output that an error repeats


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A command that ended. `code` is None if it had to be stopped, at its time limit or because of what it wrote.
    `over_limit`: which limit it reached, empty if it ended for another reason."""

    command: str
    code: int | None
    stdout: bytes
    stderr: str
    over_limit: str = ""

    @property
    def text(self) -> str:
        return self.stdout.decode(errors="replace").strip()

    def demand(self, codes: Collection[int]) -> Self:
        """Itself. Raises CommandFailed if its code is none of these."""
        if self.code not in codes:
            raise CommandFailed(self)
        return self


class CommandFailed(TaskFailed):
    """A command of the host failed unexpectedly. Its message: the command, the code, both outputs."""

    def __init__(self, completed: Completed) -> None:
        self.completed = completed
        how = completed.over_limit or f"exited with {completed.code}"
        lines = [f"`{completed.command}` {how}"]
        for name, output in (("stderr", completed.stderr), ("stdout", completed.text)):
            if output.strip():
                lines.append(f"{name}: {output.strip()[-_TAIL:]}")
        super().__init__(FailureKind.SETUP_FAILED, "\n".join(lines))


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    seconds: float,
    name: str = "",
    stdin: bytes = b"",
    secrets: Sequence[str] = (),
    codes: Collection[int] | None = (0,),
    keep_open: Sequence[int] = (),
    largest: int = LARGEST_OUTPUT,
    stopping: Callable[[], bool] = lambda: False,
    supervised: bool = True,
) -> Completed:
    """Run a command to its end or to its limits, when it is ended with what it started.

    `name`: how an error names it; `secrets`: masked in its outputs; `codes`: exit codes that are no failure (None: any
    ending, the time limit's too); `keep_open`: descriptors that it inherits; `largest`: bytes of its stdout; once
    `stopping` it is ended as at its time limit. Not `supervised`, only its process group is ended, which spares the
    start of a Python: for git and for programs that start nothing. Raises CommandFailed.
    """
    started = _under_supervision(command, _GRACE) if supervised else command
    with _open(started, cwd=cwd, env=env, keep_open=keep_open) as process:
        end = _end_tree if supervised else kill_group
        code, stdout, stderr, over_limit = _communicate(
            lambda: read_to_end(process, stdin, seconds, largest, stopping), process, end
        )
    completed = Completed(
        command=name or shlex.join(command),
        code=code,
        stdout=_mask(stdout, secrets),
        stderr=_mask(stderr, secrets).decode(errors="replace"),
        over_limit=over_limit,
    )
    return completed if codes is None else completed.demand(codes)


def _open(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], keep_open: Sequence[int]
) -> subprocess.Popen[bytes]:
    """In a session of the program itself, so that its whole group can be ended."""
    return subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        pass_fds=tuple(keep_open),
    )


def _mask(output: bytes, secrets: Sequence[str]) -> bytes:
    for secret in secrets:
        output = output.replace(secret.encode(), b"***")
    return output


def _communicate(
    read: Callable[[], tuple[bytes, bytes]],
    process: subprocess.Popen[bytes],
    end: Callable[[subprocess.Popen[bytes]], object],
) -> tuple[int | None, bytes, bytes, str]:
    """Its code, both outputs, and which limit it reached."""
    try:
        stdout, stderr = read()
    except (subprocess.TimeoutExpired, TooMuchOutput) as stopped:
        end(process)
        over_limit = "wrote too much" if isinstance(stopped, TooMuchOutput) else "did not end in time"
        return None, stopped.output or b"", stopped.stderr or b"", over_limit
    except BaseException:  # an interrupt of the bot must not leave the command running
        end(process)
        raise
    return process.returncode, stdout, stderr, ""


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill its process group, unless its leader is reaped: the number may then belong to another process."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)


class Child:
    """A running, supervised child; leaving the `with` block ends it and all its descendants.

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
        grace: float = _GRACE,
    ) -> None:
        self._grace = grace
        self._process = subprocess.Popen(
            _under_supervision(command, grace),
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
            stdout[1].close()  # now the child alone holds it: its end is the end of the output
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
        """Its stdout as it comes; None after each chunk and at least every `TICK` seconds, so that the reader can check
        its time limit. Ends when the child has closed its stdout: at the latest when it has ended."""
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
        return _end_tree(self._process, self._grace)

    def wait(self, seconds: float) -> int:
        """The exit code (128 + number for a signal). A child that has not ended by then is killed with its tree."""
        return _wait(self._process, seconds)


def _under_supervision(command: Sequence[str], grace: float) -> list[str]:
    return [sys.executable, "-I", supervise.__file__, str(os.getpid()), str(grace), *command]


def _end_tree(process: subprocess.Popen[bytes], grace: float = _GRACE) -> int:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    return _wait(process, grace + _MARGIN)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        _kill_tree(process)
        return process.wait()


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    # The descendants first: once their supervisor is dead, they can no longer be found as its children.
    for descendant in psutil.Process(process.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            descendant.kill()
    process.kill()
