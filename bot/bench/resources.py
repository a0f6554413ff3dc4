"""What a family of processes uses while something else is measured."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

_EVERY = 0.5
_WARM = 0.1  # the share of the time after which lazy imports and caches are there
_MB = 1 << 20


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
def watched(pid: int) -> Iterator[Used]:
    """Sample while the block runs. CPU is counted over the block only."""
    family, used, over = psutil.Process(pid), Used(), threading.Event()
    before, began = _cpu(family), time.perf_counter()

    def sample() -> None:
        while True:
            used.memory.append(_memory(family))
            if over.wait(_EVERY):
                return

    sampler = threading.Thread(target=sample, daemon=True)
    sampler.start()
    try:
        yield used
    finally:
        over.set()
        sampler.join()
        used.cpu_seconds, used.seconds = _cpu(family) - before, time.perf_counter() - began


def _members(family: psutil.Process) -> list[psutil.Process]:
    return [family, *family.children(recursive=True)]


def _memory(family: psutil.Process) -> int:
    return sum(_share(member.memory_full_info()) for member in _members(family))


def _share(member: Any) -> int:
    return int(getattr(member, "pss", member.rss))


def _cpu(family: psutil.Process) -> float:
    return float(sum(sum(member.cpu_times()[:2]) for member in _members(family)))
