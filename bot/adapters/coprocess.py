"""A process that answers over its pipes while it runs, such as `git cat-file --batch` or the gate's server."""

from __future__ import annotations

import select
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from bot.adapters.process import kill_group


class Coprocess:
    """Started here, in a process group that is killed as a whole. `stderr`: a file to write to; without one its errors
    are dropped."""

    def __init__(
        self, command: Sequence[str], *, cwd: Path, env: Mapping[str, str], stderr: IO[bytes] | None = None
    ) -> None:
        self._process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if stderr is None else stderr.fileno(),
            start_new_session=True,
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101 - asked for above
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    @property
    def code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll()

    def write(self, content: bytes) -> None:
        """Raises BrokenPipeError where it has ended."""
        self._stdin.write(content)
        self._stdin.flush()

    def read_line(self, seconds: float | None = None) -> bytes:
        """The next line with its end; less where it has closed its output, and nothing where no line begins in time."""
        if seconds is not None and not select.select([self._stdout], [], [], seconds)[0]:
            return b""
        return self._stdout.readline()

    def read(self, size: int) -> bytes:
        """So many bytes; fewer where it has closed its output before."""
        return self._stdout.read(size)

    def kill(self) -> None:
        """Kill it now, from any thread."""
        kill_group(self._process)

    def end(self, seconds: float = 0.0) -> int:
        """Close its input, on which it should end, and kill it if it has not done so in time. Returns the exit code."""
        with suppress(BrokenPipeError):  # what was not sent is not needed
            self._stdin.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        self._stdout.close()
        return self._process.wait()
