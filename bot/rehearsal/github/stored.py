"""Files as they are stored in a repository of the simulation."""

from __future__ import annotations

from dataclasses import dataclass

REGULAR, EXECUTABLE, LINK = b"100644", b"100755", b"120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file with its mode. The content of a link is where it leads."""

    content: bytes
    mode: bytes = REGULAR


Content = str | bytes | StoredFile
