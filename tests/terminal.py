"""A person at a terminal: starts a command on a pseudo-terminal, reads what it shows, and types."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.patience import within

_PIECE = 65536
_SECONDS = 60.0


@dataclass(slots=True)
class Terminal:
    """`shown`: all that the command printed so far. `typed`: the lines that the person typed."""

    descriptor: int
    process: subprocess.Popen[bytes]
    shown: str = ""
    typed: list[str] = field(default_factory=list)

    def wait_for(self, text: str, *, after: int = 0) -> str:
        """Everything that is shown once `text` is. Raises AssertionError if it does not come."""
        until = time.monotonic() + within(_SECONDS)
        while text not in self.shown[after:]:
            assert time.monotonic() < until, f"{text!r} did not come:\n{self.shown}"
            if not self._read():
                raise AssertionError(f"it ended without {text!r}:\n{self.shown}")
        return self.shown

    def type(self, line: str) -> None:
        self.typed.append(line)
        os.write(self.descriptor, f"{line}\n".encode())

    def wait_a_moment(self) -> None:
        """Reads what it shows meanwhile."""
        self._read()

    def wait_ended(self) -> int:
        """Its exit code, after all that it printed."""
        until = time.monotonic() + within(_SECONDS)
        while self._read():
            assert time.monotonic() < until, self.shown
        return self.process.wait(timeout=within(_SECONDS))

    def _read(self) -> bool:
        """Whether more may come."""
        readable, _, _ = select.select([self.descriptor], [], [], 0.2)
        if not readable:
            return True
        try:
            piece = os.read(self.descriptor, _PIECE)
        except OSError:  # EIO: the other end is closed
            return False
        self.shown += piece.decode(errors="replace")
        return bool(piece)


@contextmanager
def at_terminal(command: Sequence[str], *, cwd: Path, environment: Mapping[str, str]) -> Iterator[Terminal]:
    """The command with its own session and terminal; what is left of it at the end is killed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["env", "--default-signal=HUP", "setsid", "--ctty", "--wait", *command],  # `nohup` leaves it ignored
        cwd=cwd,
        env=dict(environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGHUP)  # what closing the window does
        process.wait(timeout=within(_SECONDS))
        os.close(ours)
