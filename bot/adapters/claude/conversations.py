"""What a session had said and done, kept so that a later one can go on from there (`--resume`).

The file comes out of a HOME that the session could write: no link is followed on the way to it, and it is only ever
put into another session's HOME.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from bot.core.references import IssueRef

_LARGEST = 64 << 20
_PROJECTS = (".claude", "projects")
_EARLIER = "earlier"
_PRIVATE = 0o700


class Conversations:
    """One for each issue, the last one that was cut short, below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, issue: IssueRef, home: Path, session_id: str) -> bool:
        """Keep the session's conversation. False if there is none to keep. Raises OSError where the host fails."""
        content = _read(home, f"{session_id}.jsonl") if session_id else None
        if content is None:
            return False
        place = self._place(issue)
        place.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        place.write_bytes(content)
        return True

    def put_back(self, issue: IssueRef, home: Path, session_id: str) -> bool:
        """Lay the kept conversation into a HOME that nobody has used yet. False if none is kept."""
        kept = self._place(issue)
        if not kept.is_file():
            return False
        target = home.joinpath(*_PROJECTS, _EARLIER, f"{session_id}.jsonl")
        target.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        target.write_bytes(kept.read_bytes())
        return True

    def remove(self, issue: IssueRef) -> None:
        """Nobody goes on from it any more. Raises OSError where the host fails."""
        self._place(issue).unlink(missing_ok=True)

    def _place(self, issue: IssueRef) -> Path:
        return self._folder / issue.repository / f"{issue.number}.jsonl"


def _read(home: Path, name: str) -> bytes | None:
    with ExitStack() as opened:
        try:
            projects = _folder(opened, str(home), None)
            for part in _PROJECTS:
                projects = _folder(opened, part, projects)
            names = os.listdir(projects)  # noqa: PTH208 - the descriptor's folder, which no path names safely
            found = [content for each in names for content in _file(each, name, projects)]
        except OSError:
            return None  # there is no such folder, or it is none: then there is nothing to go on from
    return found[0] if found else None


def _folder(opened: ExitStack, name: str, within: int | None) -> int:
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    opened.callback(os.close, descriptor)
    return descriptor


def _file(project: str, name: str, projects: int) -> Iterator[bytes]:
    with ExitStack() as opened:
        try:
            folder = _folder(opened, project, projects)
            file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        except OSError:
            return  # another project's folder, or a link in its place
        opened.callback(os.close, file)
        status = os.fstat(file)
        if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST:
            with os.fdopen(os.dup(file), "rb") as content:
                yield content.read(_LARGEST)
