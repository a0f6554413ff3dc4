"""Which files a session's git leaves out of the work tree: a sparse checkout, or a bit set by hand.

They are not deleted although they are not there. It is read from the session's own index, which is parsed here and not
by git: a mistake of a parser in C on a file that a session wrote would be one with the host's rights.
"""

from __future__ import annotations

import os
import stat as modes
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LARGEST = 128 << 20  # bytes: an index of a million files
_HEADER = struct.Struct(">4sII")
_MODE_AT, _FLAGS_AT = 24, 60  # in an entry
_EXTENDED, _SKIP_WORKTREE = 0x4000, 0x4000  # in the flags, and in the flags that follow them
_COMPRESSED = 4  # the version in which a path is cut to what differs from the one before
_TREE = 0o040000
_LONGEST = 4096  # bytes of a path on Linux


@dataclass(frozen=True, slots=True)
class Skipped:
    """Single paths, and whole folders (which end in a slash)."""

    paths: frozenset[bytes] = frozenset()
    folders: tuple[bytes, ...] = ()

    def __contains__(self, path: bytes) -> bool:
        return path in self.paths or path.startswith(self.folders)


def read_skipped(index: Path) -> Skipped:
    """What an index marks so; nothing if it cannot be read."""
    try:
        return _sort(_read(index))
    except (OSError, ValueError, struct.error, IndexError):
        return Skipped()


def _sort(found: Iterator[tuple[int, bytes]]) -> Skipped:
    paths, folders = set[bytes](), list[bytes]()
    for mode, path in found:
        folders.append(path.rstrip(b"/") + b"/") if mode == _TREE else paths.add(path)
    return Skipped(frozenset(paths), tuple(folders))


def _read(index: Path) -> Iterator[tuple[int, bytes]]:
    """Mode and path of each entry that is skipped."""
    descriptor = os.open(index, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not modes.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise ValueError("it is not an index")
        content = file.read(LARGEST)
    signature, version, count = _HEADER.unpack_from(content)
    if signature != b"DIRC" or version not in (2, 3, _COMPRESSED):
        raise ValueError("it is not an index")
    position, path = _HEADER.size, b""
    for _ in range(count):
        start = position
        flags = int.from_bytes(content[start + _FLAGS_AT : start + _FLAGS_AT + 2])
        position = start + _FLAGS_AT + 2
        more = 0
        if flags & _EXTENDED:
            more = int.from_bytes(content[position : position + 2])
            position += 2
        if version == _COMPRESSED:
            cut, position = _offset(content, position)
            path = path[: len(path) - cut]
        else:
            path = b""
        end = content.index(b"\0", position)
        path += content[position:end]
        if len(path) > _LONGEST:
            raise ValueError("a path in it is longer than the system takes")
        position = end + 1
        if version != _COMPRESSED:
            position = start + -(-(end + 1 - start) // 8) * 8  # entries end at multiples of eight bytes
        if more & _SKIP_WORKTREE:
            yield int.from_bytes(content[start + _MODE_AT : start + _MODE_AT + 4]), path


def _offset(content: bytes, position: int) -> tuple[int, int]:
    """A number as git's packs hold it, and where it ends."""
    byte = content[position]
    value = byte & 0x7F
    while byte & 0x80:
        position += 1
        byte = content[position]
        value = ((value + 1) << 7) | (byte & 0x7F)
    return value, position + 1
