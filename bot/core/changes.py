"""A change to one file, and what it adds and removes: what the broker judges.

Lines are compared as a bag: one that only moved is neither added nor removed, so that nothing is held against a
change that was there before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_LONGEST_PATH = 4096  # bytes, on Linux


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """`number` counts from 1 in the file as it is after the change."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a file that a reviewer should look at; `what` is no Markdown and completes a sentence that begins
    with the path."""

    path: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """`before` None: the file is new. `after` None: it is deleted. `path` is the new one of a file that was moved.
    `commit`: which one changed it, empty for the change as a whole."""

    path: str
    old_path: str
    before: bytes | None = field(repr=False)
    after: bytes | None = field(repr=False)
    commit: str = ""

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.path,) if self.path == self.old_path else (self.old_path, self.path)

    @property
    def may_be_link(self) -> bool:
        """Whether what is there now could be a symbolic link: its content is then a path on one line."""
        return self.after is not None and 0 < len(self.after) <= _LONGEST_PATH and b"\n" not in self.after

    @property
    def added(self) -> tuple[ChangedLine, ...]:
        return tuple(ChangedLine(number, _text(line)) for number, line in _beyond(self.before, self.after))

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(_text(line) for _, line in _beyond(self.after, self.before))

    @property
    def added_bytes(self) -> int:
        return sum(len(line) + 1 for _, line in _beyond(self.before, self.after))


def _beyond(known: bytes | None, content: bytes | None) -> Iterator[tuple[int, bytes]]:
    """The lines of `content`, with their numbers, that `known` has not, each as often as it has it."""
    left = Counter((known or b"").split(b"\n"))
    for number, line in enumerate((content or b"").split(b"\n"), 1):
        if left[line] > 0:
            left[line] -= 1
        elif line:
            yield number, line


def _text(line: bytes) -> str:
    """Without NUL: a file in UTF-16 is read as well as one in UTF-8."""
    return line.decode(errors="replace").replace("\0", "").rstrip("\r")
