"""What one git command of the host may use: memory, processor time, and the size of a file that it writes.

The kernel holds these for the command and for each process that it starts (`fetch` starts `index-pack`). They are set
by `ulimit` in a shell that then becomes git: `sh` is on every system, it sets them before git's first instruction, and
no Python code runs between fork and exec of a process with threads. Memory is counted as data (`-d`) and not as address
space (`-v`), since git maps packs of any size without using memory for them.
"""

from __future__ import annotations

import re
import resource
import signal
from collections.abc import Sequence
from dataclasses import dataclass

# A file that grows too large is an error that git reports, not a signal that kills a child of git silently.
# The soft limit on processor time comes first, so that its end (SIGXCPU) differs from a kill from outside.
_SCRIPT = (
    'ulimit -t "$1" && ulimit -S -t "$2" && ulimit -d "$3" && ulimit -f "$4" || exit 125; '
    'trap "" XFSZ; shift 4; exec "$@"'
)
_CPU_MARGIN = 5  # seconds between the signal and the kill
_BLOCK = 512  # bytes: the unit of `ulimit -f`
_BY_SIGNAL = 128  # what a shell, and git, add to the number of the signal that ended a child
_ENDED_BY = frozenset({signal.SIGXCPU, signal.SIGXFSZ})
_HIT = re.compile(
    rf"died of signal (?:{'|'.join(str(int(number)) for number in _ENDED_BY)})\b"
    r"|out of memory|cannot allocate memory|unable to create (?:threaded|thread)|file too large",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`memory` and `file` are bytes, of each process; `cpu` are seconds, of each process."""

    memory: int
    cpu: int
    file: int

    def wrap(self, command: Sequence[str]) -> list[str]:
        """A limit that is lower already stays as it is: raising it would be refused."""
        cpu = _at_most(self.cpu + _CPU_MARGIN, resource.RLIMIT_CPU) - _CPU_MARGIN
        memory = _at_most(self.memory, resource.RLIMIT_DATA) // 1024
        size = _at_most(self.file, resource.RLIMIT_FSIZE) // _BLOCK
        return ["/bin/sh", "-c", _SCRIPT, "sh", str(cpu + _CPU_MARGIN), str(cpu), str(memory), str(size), *command]

    def __str__(self) -> str:
        memory, file = self.memory >> 20, self.file >> 20
        return f"{memory:,} MiB of memory, {self.cpu:,} s of processor time, files of {file:,} MiB"


LOCAL = Bounds(memory=512 << 20, cpu=60, file=1 << 30)
"""For what reads and writes this machine's disk: a 1 GiB pack of history is read in a few MiB of memory."""

NETWORK = Bounds(memory=4 << 30, cpu=3600, file=64 << 30)
"""For what moves a whole repository: the first fetch of a mirror, and its repacking."""


def were_hit(code: int | None, stderr: str) -> bool:
    """Whether a command ended because of its limits, as its exit code and its messages say."""
    by_signal = code is not None and (-code in _ENDED_BY or code - _BY_SIGNAL in _ENDED_BY)
    return by_signal or (code != 0 and _HIT.search(stderr) is not None)


def _at_most(wanted: int, limit: int) -> int:
    hard = resource.getrlimit(limit)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
