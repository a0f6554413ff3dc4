"""How much of its machine a session may use, and the watch that measures it.

The kernel's limits hold for each process. What a whole session uses is measured from outside, every few seconds: that
works with and without root, and needs no rights over control groups.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import stat
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bot.adapters.walking import DEEPEST, TooDeep, walk

_MIB, _GIB = 1 << 20, 1 << 30
_MEMORY_SHARE = 0.75
_LOOK_SECONDS = 1.0
_MEASURE_SECONDS = 5.0
_MEASURE_SHARE = 20  # measuring a large tree takes at most one part in so many of the time
_ENTRIES = 2_000_000
_SHUT_SECONDS = 20.0
_BLOCK = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """Generous: browsers, compilers and test suites stay far below them. `memory` None: three quarters of the machine.

    `cpu_seconds`, `file_size` and `open_files` hold for each process, the others for the session as a whole.
    """

    cpu_seconds: int = 4 * 3600
    file_size: int = 8 * _GIB
    open_files: int = 1 << 16
    processes: int = 2048
    memory: int | None = None
    disk: int = 20 * _GIB

    def for_each_process(self) -> dict[str, int]:
        """The kernel's limits by their names. No limit of the address space: Node reserves far more than it uses.

        NPROC counts all of a user's threads, and not those of root: it is the last limit, the watch acts before it.
        """
        return {
            "CPU": self.cpu_seconds,
            "FSIZE": self.file_size,
            "NOFILE": self.open_files,
            "NPROC": self.processes * 8,
            "CORE": 0,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A file of the host that grows with a session's output. `what`: what the session did, as a verb."""

    path: Path
    what: str
    most: int


@dataclass(slots=True)
class CeilingWatch:
    """Measures a session from outside. `pids`: the roots of its processes; `folders`: what it can write to; `logs`:
    what the host records of it."""

    ceilings: Ceilings
    pids: Sequence[int]
    folders: Sequence[Path]
    logs: Sequence[Log] = ()
    _memory: int = field(init=False)
    _next_look: float = 0.0
    _next_measure: float = 0.0
    _found_shut: dict[int, float] = field(default_factory=dict)  # a folder's inode -> when it was first found shut

    def __post_init__(self) -> None:
        self._memory = self.ceilings.memory or int(psutil.virtual_memory().total * _MEMORY_SHARE)

    def exceeded_at_end(self) -> str | None:
        """Which ceiling was exceeded since the last look, of those that are measured without processes."""
        return self._check_logs() or self._check_disk()

    def find_exceeded(self, now: float) -> str | None:
        """Which ceiling the session exceeds, as a sentence. `now`: monotonic. Measures only when it is due."""
        if now < self._next_look:
            return None
        found = (
            self._check_processes() or self._check_logs() or (self._check_disk() if now >= self._next_measure else None)
        )
        self._next_look = time.monotonic() + _LOOK_SECONDS
        return found

    def _check_processes(self) -> str | None:
        count = memory = 0
        for resident in itertools.chain.from_iterable(map(_resident, self.pids)):
            count += 1
            memory += resident
        if count > self.ceilings.processes:
            return f"the session ran {count} processes at once; {self.ceilings.processes} are allowed"
        if memory > self._memory:
            return f"the session took {memory // _MIB} MiB of memory; {self._memory // _MIB} are allowed"
        return None

    def _check_logs(self) -> str | None:
        for log in self.logs:
            if log.path.exists() and (size := log.path.stat().st_size) > log.most:
                return f"the session {log.what} {size // _MIB} MiB; {log.most // _MIB} are allowed"
        return None

    def _check_disk(self) -> str | None:
        begun = time.monotonic()
        try:
            size = sum(map(self._size, self.folders)) + sum(_find_unlinked(self.pids))
        except _NotMeasured as why:
            return f"the session {why}"
        ended = time.monotonic()
        self._next_measure = ended + max(_MEASURE_SECONDS, (ended - begun) * _MEASURE_SHARE)
        if size > self.ceilings.disk:
            return f"the session wrote {size // _MIB} MiB to disk; {self.ceilings.disk // _MIB} are allowed"
        return None

    def _size(self, folder: Path) -> int:
        """The bytes that a tree takes on disk. A folder may be unreadable for a moment, as tests make one."""
        total = entries = 0
        try:
            for _, entry in walk(folder, self._shut):
                entries += 1
                if entries > _ENTRIES:
                    raise _NotMeasured(f"made more than {_ENTRIES:,} files")
                with contextlib.suppress(OSError):  # it was removed meanwhile
                    total += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
        except TooDeep:
            raise _NotMeasured(f"made folders more than {DEEPEST} deep") from None
        return total

    def _shut(self, entry: os.DirEntry[str]) -> None:
        number, now = entry.inode(), time.monotonic()
        if now - self._found_shut.setdefault(number, now) > _SHUT_SECONDS:
            raise _NotMeasured("kept a folder unreadable, so that its size cannot be measured")


class _NotMeasured(Exception):
    """How much a session uses cannot be measured; the message says why."""


def _descendants(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _resident(pid: int) -> Iterator[int]:
    """The resident bytes of each descendant."""
    for process in _descendants(pid):
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            yield process.memory_info().rss


def _find_unlinked(pids: Iterable[int]) -> Iterator[int]:
    """The bytes of files that have no name any more and are held open: no folder shows them."""
    seen: set[tuple[int, int]] = set()
    for process in itertools.chain.from_iterable(map(_descendants, pids)):
        for status in _open_files(process.pid):
            file = (status.st_dev, status.st_ino)
            if status.st_nlink == 0 and stat.S_ISREG(status.st_mode) and file not in seen:
                seen.add(file)
                yield status.st_blocks * _BLOCK


def _open_files(pid: int) -> Iterator[os.stat_result]:
    try:
        names = os.listdir(f"/proc/{pid}/fd")  # noqa: PTH208 - names alone
    except OSError:  # it has ended meanwhile
        return
    for name in names:
        with contextlib.suppress(OSError):
            yield os.stat(f"/proc/{pid}/fd/{name}")  # noqa: PTH116 - hot path, plain strings
