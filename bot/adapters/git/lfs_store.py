"""Contents of files under Git LFS on the host, by the SHA-256 that their pointers name."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat as modes
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from bot.core.lfs import Pointer

_CHUNK = 1 << 20


class ByteSource(Protocol):
    def read(self, size: int, /) -> bytes: ...


def lfs_of(mirror: Path) -> LfsStore:
    """The contents that belong to a mirror: fetched ones, and those of accepted work."""
    return LfsStore(mirror.with_suffix(".lfs"))


class LfsStore:
    """`folder` comes into being with the first content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, oid: str) -> Path:
        return self.folder / oid[:2] / oid[2:4] / oid

    def has(self, pointer: Pointer) -> bool:
        path = self.path(pointer.oid)
        return path.is_file() and path.stat().st_size == pointer.size

    def put(self, source: ByteSource) -> Pointer:
        """Keep all that can be read of it. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with tempfile.NamedTemporaryFile(prefix="new-", dir=self.folder, delete=False) as made:
            place = Path(made.name)
            try:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    made.write(chunk)
                made.flush()
                os.fsync(made.fileno())
            except BaseException:
                place.unlink()
                raise
        pointer = Pointer(digest.hexdigest(), size)
        target = self.path(pointer.oid)
        target.parent.mkdir(parents=True, exist_ok=True)
        place.replace(target)
        return pointer

    def put_file(self, path: bytes | Path, *, largest: int) -> Pointer | None:
        """Keep a regular file that a session may have written; None for a link, or one that is too large."""
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            return self.put(file) if modes.S_ISREG(status.st_mode) and status.st_size <= largest else None

    def pointers(self) -> Iterator[Pointer]:
        """Of all that is here."""
        for path in sorted(self.folder.glob("??/??/*")):
            yield Pointer(path.name, path.stat().st_size)

    def copy_into(self, other: LfsStore) -> None:
        for pointer in self.pointers():
            if not other.has(pointer):
                with self.path(pointer.oid).open("rb") as file:
                    other.put(file)

    def write(self, pointer: Pointer, target: Path) -> None:
        """Replace a file by the content, with the file's mode. The content's time becomes that of its last use."""
        mode = target.stat().st_mode
        made = target.with_name(f"{target.name[:200]}.{pointer.oid[:16]}")
        shutil.copyfile(self.path(pointer.oid), made)
        os.utime(self.path(pointer.oid))
        made.chmod(modes.S_IMODE(mode))
        made.replace(target)
