"""What a person may see and do in a repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Self


class Right(IntEnum):
    """`READ`: the person was given a role there. That anybody may read a public repository is no right."""

    NONE = 0
    READ = 1
    WRITE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """The repositories, by full names."""

    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, found: Mapping[str, Right]) -> Self:
        reads = frozenset(name for name, right in found.items() if right >= Right.READ)
        return cls(reads=reads, writes=frozenset(name for name in reads if found[name] is Right.WRITE))
