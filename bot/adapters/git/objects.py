"""Read single objects of a repository from one long-lived git, each only after its size is known.

Git answers about one object at a time and keeps none. So the reader decides how much is read, and a tree that unfolds
into millions of files costs what its distinct trees cost.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bot.adapters.coprocess import Coprocess
from bot.adapters.git.bounds import LOCAL
from bot.adapters.git.command import LOCAL_SECONDS, command_line, git_environment
from bot.adapters.process import CommandFailed, Completed

_END_SECONDS = 10.0  # for a git that has closed its output to end


@dataclass(frozen=True, slots=True)
class Header:
    """`name` is the object's full name, `kind` one of blob, tree, commit and tag."""

    name: str
    kind: str
    size: int


class Objects:
    """The objects of `gitdir`, while the `with` block runs and for at most `seconds`."""

    def __init__(self, gitdir: Path, *, seconds: float = LOCAL_SECONDS) -> None:
        self._headers = _Batch(gitdir, "--batch-check", seconds)
        self._contents = _Batch(gitdir, "--batch", seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._headers.close()
        self._contents.close()

    def header(self, name: str) -> Header | None:
        """None if there is no such object."""
        words = self._headers.ask(name).split(" ")
        return Header(words[0], words[1], int(words[2])) if len(words) == 3 and words[2].isdigit() else None  # noqa: PLR2004

    def content(self, header: Header) -> bytes:
        """All of it: the caller has looked at the size."""
        words = self._contents.ask(header.name).split(" ")
        content = self._contents.read(int(words[2]) + 1)
        return content[:-1]


class _Batch:
    """One `git cat-file`, which is killed at its time limit."""

    def __init__(self, gitdir: Path, mode: str, seconds: float) -> None:
        self._name = f"git cat-file {mode}"
        command = LOCAL.wrap(command_line("cat-file", mode, gitdir=gitdir))
        self._git = Coprocess(command, cwd=Path("/"), env=git_environment("none"))
        self._timer = threading.Timer(seconds, self._git.kill)
        self._timer.daemon = True
        self._timer.start()

    def ask(self, name: str) -> str:
        """The line that answers a name."""
        try:
            self._git.write(f"{name}\n".encode())
        except BrokenPipeError:
            raise self._failure_of() from None
        line = self._git.read_line()
        if not line.endswith(b"\n"):
            raise self._failure_of()
        return line[:-1].decode()

    def read(self, size: int) -> bytes:
        content = self._git.read(size)
        if len(content) < size:
            raise self._failure_of()
        return content

    def close(self) -> None:
        self._timer.cancel()
        self._git.kill()
        self._git.end()

    def _failure_of(self) -> CommandFailed:
        completed = Completed(
            command=self._name,
            code=self._git.end(_END_SECONDS),
            stdout=b"",
            stderr="",
            over_limit=f"was ended by its limits ({LOCAL})",
        )
        return CommandFailed(completed)
