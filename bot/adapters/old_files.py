"""Files and folders that are past their time, below a folder of the bot's own. No link is followed, nor removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.adapters.git.housekeeping import fetch_lock, use_lock
from bot.adapters.git.lock import LockHeld, hold_lock
from bot.adapters.git.workspace import remove_tree
from bot.adapters.layers import Layers
from bot.core.failures import TaskFailed
from bot.core.references import IssueRef, is_repository

TRIAL = "nightshift-try-"
"""What the folder of each trial begins with."""


@dataclass(frozen=True, slots=True)
class OldFile:
    """`path`: a file, or a folder with all that is in it; `bytes`: of the files themselves. `issue` None: it belongs to
    a repository as a whole. `mirror`: it goes only while no attempt uses that mirror."""

    issue: IssueRef | None
    path: Path
    bytes: int
    mirror: Path | None = None

    def remove(self) -> bool:
        """Whether it was removed: not while it is in use. Raises OSError. What is gone already is no error."""
        try:
            with ExitStack() as locks:
                for lock in (use_lock(self.mirror), fetch_lock(self.mirror)) if self.mirror is not None else ():
                    locks.enter_context(hold_lock(lock, wait=0.0))
                self._remove()
        except LockHeld:
            return False
        except TaskFailed as failed:
            raise OSError(failed.detail) from failed
        return True

    def _remove(self) -> None:
        if not self.path.is_dir() or self.path.is_symlink():
            self.path.unlink(missing_ok=True)
            return
        try:
            shutil.rmtree(self.path)
        except PermissionError:  # commands in a cell take permissions from their owner
            remove_tree(self.path)


def old_evidence(folder: Path, before: datetime) -> Iterator[OldFile]:
    """The attempts' folders, OWNER/NAME/ISSUE/ATTEMPT, of which nothing has changed since then."""
    for issue, place in _of_issues(folder, _issue_folder):
        for attempt in _entries(place):
            if attempt.name.isdigit() and attempt.is_dir(follow_symlinks=False):
                try:
                    newest, size = _measure(Path(attempt.path))
                except FileNotFoundError:  # another process prunes, too
                    continue
                if newest < before.timestamp():
                    yield OldFile(issue, Path(attempt.path), size)


def old_conversations(folder: Path, before: datetime) -> Iterator[OldFile]:
    """The files OWNER/NAME/ISSUE.jsonl that have not changed since then."""
    for issue, place in _of_issues(folder, _issue_file):
        try:
            status = place.lstat()
        except FileNotFoundError:  # the attempt that went on from it has removed it
            continue
        if status.st_mtime < before.timestamp():
            yield OldFile(issue, place, status.st_size)


def old_environments(folder: Path, before: datetime) -> Iterator[OldFile]:
    """The layers of set-ups, OWNER+NAME/KEY, that no attempt has used since then."""
    for layer, used in Layers(folder).all():
        if used < before.timestamp():
            yield OldFile(None, layer, _measure(layer)[1])


def old_trials(folder: Path, before: datetime) -> Iterator[OldFile]:
    """The folders of trials that were killed: one that runs writes into it."""
    for entry in _entries(folder):
        if entry.name.startswith(TRIAL) and entry.is_dir(follow_symlinks=False):
            try:
                newest, size = _measure(Path(entry.path))
            except OSError:  # it ends just now, or its commands took permissions away
                newest, size = entry.stat(follow_symlinks=False).st_mtime, 0
            if newest < before.timestamp():
                yield OldFile(None, Path(entry.path), size)


def old_contents(folder: Path, before: datetime) -> Iterator[OldFile]:
    """Contents under Git LFS beside the mirrors, OWNER/NAME.lfs, that no checkout has shown since then, and what a
    crash left of others."""
    for owner in _entries(folder):
        for store in _entries(Path(owner.path)) if owner.is_dir(follow_symlinks=False) else ():
            if store.name.endswith(".lfs") and store.is_dir(follow_symlinks=False):
                mirror = Path(store.path).with_suffix(".git")
                for path, status in _files(Path(store.path)):
                    if status.st_mtime < before.timestamp():
                        yield OldFile(None, path, status.st_size, mirror)


def old_mirrors(folder: Path, before: datetime, served: Collection[str]) -> Iterator[OldFile]:
    """Mirrors, OWNER/NAME.git, of repositories that are not among these, and in which nothing has changed since then.
    GitHub's names ignore case."""
    names = {name.lower() for name in served}
    for mirror in sorted(folder.glob("*/*.git")):
        repository = f"{mirror.parent.name}/{mirror.stem}"
        if repository.lower() in names or mirror.is_symlink() or not mirror.is_dir():
            continue
        with suppress(FileNotFoundError):  # another process prunes, too
            newest, size = _measure(mirror)
            if newest < before.timestamp():
                yield OldFile(None, mirror, size, mirror)


def _files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    for place, _, names in os.walk(folder, followlinks=False):
        for name in names:
            with suppress(FileNotFoundError):  # another process prunes, too
                yield Path(place, name), Path(place, name).lstat()


def _of_issues(folder: Path, number_of: Callable[[os.DirEntry[str]], int | None]) -> Iterator[tuple[IssueRef, Path]]:
    for owner in _entries(folder):
        for name in _entries(Path(owner.path)) if owner.is_dir(follow_symlinks=False) else ():
            repository = f"{owner.name}/{name.name}"
            if not name.is_dir(follow_symlinks=False) or not is_repository(repository):
                continue
            for entry in _entries(Path(name.path)):
                number = number_of(entry)
                if number is not None:
                    yield IssueRef(repository, number), Path(entry.path)


def _issue_folder(entry: os.DirEntry[str]) -> int | None:
    return int(entry.name) if entry.name.isdigit() and entry.is_dir(follow_symlinks=False) else None


def _issue_file(entry: os.DirEntry[str]) -> int | None:
    stem, _, ending = entry.name.partition(".")
    return int(stem) if ending == "jsonl" and stem.isdigit() and entry.is_file(follow_symlinks=False) else None


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _measure(folder: Path) -> tuple[float, int]:
    """When anything in it changed last, in seconds since 1970, and the bytes of its files."""
    newest, size = folder.lstat().st_mtime, 0
    for place, _, names in os.walk(folder, followlinks=False):
        for name in names:
            status = Path(place, name).lstat()
            newest, size = max(newest, status.st_mtime), size + status.st_size
    return newest, size
