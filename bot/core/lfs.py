"""Git LFS: the pointer that git stores in the place of a large file (github.com/git-lfs/git-lfs, docs/spec.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

LARGEST_POINTER = 1024  # bytes; a larger file is none
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[0-9]-[^\n]*\n)*"
    rb"oid sha256:([0-9a-f]{64})\nsize ([0-9]{1,15})\n"
)


@dataclass(frozen=True, slots=True, order=True)
class Pointer:
    """`oid`: SHA-256 of the content; `size` in bytes."""

    oid: str
    size: int

    @property
    def text(self) -> bytes:
        return f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.oid}\nsize {self.size}\n".encode()


def read_pointer(content: bytes) -> Pointer | None:
    """The pointer that a file's bytes are; None for every other file."""
    found = _POINTER.fullmatch(content) if len(content) < LARGEST_POINTER else None
    return Pointer(found[1].decode(), int(found[2])) if found else None
