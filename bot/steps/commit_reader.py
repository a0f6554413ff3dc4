"""Reads files of a commit for what is detected in it."""

from __future__ import annotations

from bot.adapters.git import CommitFiles
from bot.core.detection import ReadText, files_to_read


def reader(files: CommitFiles, *, limit: int) -> ReadText:
    """What is usually asked for is read at once, the rest one by one. `limit`: bytes of a file."""
    known: dict[str, bytes | None] = dict(files.read_all(files_to_read(files.paths), limit=limit))

    def read(path: str) -> str | None:
        if path not in known:
            known[path] = files.read(path, limit=limit)
        content = known[path]
        return content.decode(errors="replace") if content is not None else None

    return read
