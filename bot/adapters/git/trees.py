"""Trees as values: read from their objects within limits, changed at single paths, and written as objects.

What is equal in two trees is not opened, and each tree is read once. Trees that are too many or too large to read raise
TooMuch: they stay as they are, and `walk` refuses them by its own limits.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.git.command import git
from bot.adapters.git.objects import Objects

TREE, LINK, SUBMODULE = b"40000", b"120000", b"160000"
MOST_TREES = 20_000
MOST_BYTES = 32 << 20  # of listings that are read
DEEPEST = 250  # folders within each other
_LARGEST_BLOB = 1 << 20
_OBJECT = 20  # bytes of an object's name in a tree


class TooMuch(Exception):
    """More trees than are read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree. `mode` is as git stores it, without leading zeros."""

    mode: bytes
    name: bytes
    oid: str

    @property
    def line(self) -> bytes:
        return b"%s %s\0" % (self.mode, self.name) + bytes.fromhex(self.oid)

    @property
    def key(self) -> bytes:
        """How git sorts it."""
        return self.name + b"/" * (self.mode == TREE)


@dataclass(slots=True)
class Replacement:
    """What is replaced at a path, and below it: which object takes the place of which."""

    objects: dict[str, str] = field(default_factory=dict)
    inside: dict[bytes, Replacement] = field(default_factory=dict)

    def add(self, path: bytes, objects: Mapping[str, str]) -> None:
        place = self
        for name in path.split(b"/"):
            place = place.inside.setdefault(name, Replacement())
        place.objects.update(objects)


@dataclass(slots=True)
class Trees:
    """The trees of a repository, and those that are made here until `write`."""

    objects: Objects
    _known: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    _made: dict[str, bytes] = field(default_factory=dict)
    _bytes_left: int = MOST_BYTES

    def read(self, oid: str) -> tuple[Entry, ...]:
        """Raises TooMuch."""
        if oid not in self._known:
            self._known[oid] = tuple(_entries(self._content(oid)))
        return self._known[oid]

    def _content(self, oid: str) -> bytes:
        header = self.objects.header(oid)
        if header is None or header.kind != "tree":
            raise TooMuch  # the walk says what is wrong with it
        self._bytes_left -= header.size
        if self._bytes_left < 0 or len(self._known) >= MOST_TREES:
            raise TooMuch
        return self.objects.content(header)

    def blob(self, oid: str, limit: int) -> bytes:
        """The first bytes of a file's content; empty for one that is too large to look at."""
        header = self.objects.header(oid)
        if header is None or header.kind != "blob" or header.size > _LARGEST_BLOB:
            return b""
        return self.objects.content(header)[:limit]

    def make(self, entries: Iterable[Entry]) -> str:
        """The name of a tree with these entries. Git has it after `write`."""
        ordered = tuple(sorted(entries, key=lambda entry: entry.key))
        content = b"".join(entry.line for entry in ordered)
        oid = hashlib.sha1(b"tree %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
        if oid not in self._known:
            self._known[oid], self._made[oid] = ordered, content
        return oid

    def write(self, gitdir: Path, folder: Path) -> None:
        """Write the trees that were made; git checks that they are sound and have those names. `folder` is empty."""
        if not self._made:
            return
        for oid, content in self._made.items():
            (folder / oid).write_bytes(content)
        paths = "".join(f"{folder / oid}\n" for oid in self._made).encode()
        written = git("hash-object", "-t", "tree", "-w", "--no-filters", "--stdin-paths", gitdir=gitdir, stdin=paths)
        if written.text.split() != list(self._made):
            raise RuntimeError(f"git wrote trees under other names than expected: {written.text}")
        self._made.clear()

    def replace(self, oid: str, wanted: Replacement) -> str:
        """The tree with the objects at the wanted paths replaced."""
        entries = self.read(oid)
        changed = [self._replace(entry, wanted.inside.get(entry.name)) for entry in entries]
        return oid if list(entries) == changed else self.make(changed)

    def _replace(self, entry: Entry, wanted: Replacement | None) -> Entry:
        if wanted is None:
            return entry
        if entry.mode == TREE:
            return Entry(TREE, entry.name, self.replace(entry.oid, wanted))
        return Entry(entry.mode, entry.name, wanted.objects.get(entry.oid, entry.oid))

    def find(self, oid: str, path: bytes) -> Entry | None:
        """What lies at a path of a tree."""
        first, _, rest = path.partition(b"/")
        entry = next((each for each in self.read(oid) if each.name == first), None)
        if entry is None or not rest:
            return entry
        return self.find(entry.oid, rest) if entry.mode == TREE else None


@dataclass(frozen=True, slots=True)
class TreeFolder:
    """A folder of a commit, as `bot.core.by_products` looks at it."""

    trees: Trees
    oid: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset(os.fsdecode(entry.name) for entry in self.trees.read(self.oid))

    def inside(self, name: str) -> TreeFolder | None:
        found = self._find(name)
        return TreeFolder(self.trees, found.oid) if found is not None and found.mode == TREE else None

    def read(self, name: str, limit: int) -> bytes:
        found = self._find(name)
        return self.trees.blob(found.oid, limit) if found is not None and found.mode not in (TREE, SUBMODULE) else b""

    def is_link(self, name: str) -> bool:
        found = self._find(name)
        return found is not None and found.mode == LINK

    def _find(self, name: str) -> Entry | None:
        wanted = os.fsencode(name)
        return next((entry for entry in self.trees.read(self.oid) if entry.name == wanted), None)


def _entries(content: bytes) -> Iterable[Entry]:
    position = 0
    while position < len(content):
        space = content.index(b" ", position)
        end = content.index(b"\0", space)
        position, start = end + 1 + _OBJECT, position
        yield Entry(content[start:space], content[space + 1 : end], content[end + 1 : position].hex())
