"""Reads the report files that test runners leave, which hostile code may have written.

Regular files alone, of a bounded size and number, never through a link, and none that was there before the run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

_MOST_FILES = 2000
MOST_BYTES = 60_000_000  # of all files of one run
_MOST_FOLDERS = 20_000
_DEEPEST = 24
_NOT_ENTERED = frozenset(
    {
        ".git",
        "node_modules",
        ".venv",
        "venv",
        ".tox",
        ".nox",
        "vendor",
        "site-packages",
        "__pycache__",
        ".cargo",
        ".gradle",
    }
)
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would keep the reader waiting


def read_files(
    folder: Path,
    *,
    since: float,
    largest: int,
    is_wanted: Callable[[str], bool] = lambda _: True,
    most_bytes: int = MOST_BYTES,
) -> dict[str, bytes]:
    """The contents by their paths within `folder`, of files that were changed at `since` (Unix time) or later; none
    that is larger than `largest`, and together not more than `most_bytes`."""
    found, left = dict[str, bytes](), most_bytes
    for descriptor, path in _files(folder, is_wanted):
        content = _content(descriptor, since, min(largest, left))
        if content is not None:
            found[path] = content
            left -= len(content)
        if left <= 0 or len(found) >= _MOST_FILES:
            break
    return found


def _files(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """Opened files, and their paths. The caller closes each."""
    if not os.access(folder, os.R_OK | os.X_OK):
        return  # it is not there, or the run closed it
    for count, (path, folders, files, within) in enumerate(os.fwalk(folder, follow_symlinks=False)):
        inside = os.path.relpath(path, folder)
        is_deep = inside.count("/") >= _DEEPEST
        folders[:] = [] if is_deep or count > _MOST_FOLDERS else sorted(set(folders) - _NOT_ENTERED)
        for name in sorted(filter(is_wanted, files)):
            try:
                yield os.open(name, _OPEN, dir_fd=within), os.path.normpath(f"{inside}/{name}")
            except OSError:
                continue  # a link, or not readable


def _content(descriptor: int, since: float, largest: int) -> bytes | None:
    """What the file holds, None if it is no report of this run. Closes the descriptor."""
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_mtime < since or status.st_size > largest:
            return None
        return file.read(largest)
