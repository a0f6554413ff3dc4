"""What a family of processes uses while something else is measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import psutil

_EVERY = 0.5
_WARM = 0.1  # the share of the time after which lazy imports and caches are there
_MB = 1 << 20

T = TypeVar("T", int, float)


@dataclass(slots=True)
class Used:
    """Samples of one process and its children: `memory` is resident bytes of all of them together, with what several
    share counted once where the system tells (Linux)."""

    memory: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0
    seconds: float = 0.0

    def megabytes(self, share: float) -> float:
        """The memory at a share of the way, by the median of the samples around it."""
        middle = int(share * (len(self.memory) - 1))
        around = sorted(self.memory[max(0, middle - 2) : middle + 3])
        return round(around[len(around) // 2] / _MB, 1)

    def as_json(self) -> dict[str, float]:
        return {
            "memory_mb_warm": self.megabytes(_WARM),
            "memory_mb_middle": self.megabytes(0.5),
            "memory_mb_end": self.megabytes(1.0),
            "cpu_percent": round(100 * self.cpu_seconds / self.seconds, 1),
        }


@contextmanager
def watched(pid: int, *, itself: bool = True) -> Iterator[Used]:
    """Sample while the block runs. CPU is counted over the block only. `itself`: whether the process counts, or its
    children alone; of those that ended meanwhile the system knows what they took."""
    family, used, over = _Family(psutil.Process(pid), itself), Used(), threading.Event()
    before, began = family.cpu(), time.perf_counter()

    def sample() -> None:
        while True:
            used.memory.append(family.memory())
            if over.wait(_EVERY):
                return

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield used
    finally:
        over.set()
        sampler.join()
        used.cpu_seconds, used.seconds = family.cpu() - before, time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class _Family:
    """A process with its descendants. Sums of what is there, and of the children that ended and were waited for."""

    head: psutil.Process
    itself: bool

    def members(self) -> list[psutil.Process]:
        descendants = self.head.children(recursive=True)
        return [self.head, *descendants] if self.itself else descendants

    def memory(self) -> int:
        return sum(_of_one(member, _share) for member in self.members())

    def cpu(self) -> float:
        ended = self.head.cpu_times()
        return float(ended.children_user + ended.children_system + sum(_of_one(each, _cpu) for each in self.members()))


def _of_one(member: psutil.Process, measure: Callable[[psutil.Process], T]) -> T | int:
    """0 for one that ended while it was looked at."""
    try:
        return measure(member)
    except psutil.NoSuchProcess:
        return 0


def _share(member: psutil.Process) -> int:
    found = member.memory_full_info()
    return int(getattr(found, "pss", found.rss))


def _cpu(member: psutil.Process) -> float:
    return float(sum(member.cpu_times()[:2]))
