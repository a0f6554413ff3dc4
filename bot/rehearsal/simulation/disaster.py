"""What cannot be made good: the ledger is lost, an old copy of it is put back, or GitHub refuses every write.

After it only safety is judged. What the bot then does not know any more, it may leave undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Protocol

from bot.rehearsal.simulation.ledger import begin_ledger, copy_ledger
from bot.rehearsal.simulation.scheduler import Process, Scheduler

_COPIED_AFTER, _AFTER_THE_COPY = (20.0, 400.0), (20.0, 600.0)  # seconds


class Kind(StrEnum):
    LOST = "the ledger is lost"
    RESTORED = "an old copy of the ledger is put back"
    REFUSED = "GitHub refuses every write"


class Affected(Protocol):
    """What it happens to."""

    @property
    def scheduler(self) -> Scheduler: ...

    @property
    def ledger(self) -> Path: ...

    def find_processes(self) -> Sequence[Process]:
        """All that have the ledger open."""

    def refuse_writes(self) -> None:
        """GitHub does from now on."""

    def go_on(self) -> None:
        """With another ledger, after all these processes were killed."""


@dataclass(slots=True, kw_only=True)
class Disaster:
    """`empty`: a new ledger. `copied_at`, `at`: in seconds."""

    kind: Kind
    empty: Path
    copied_at: float
    at: float
    copy: Path | None = None
    is_over: bool = False

    @classmethod
    def drawn(cls, draw: Random, empty: Path) -> Disaster:
        copied_at = draw.uniform(*_COPIED_AFTER)
        at = copied_at + draw.uniform(*_AFTER_THE_COPY)
        return cls(kind=draw.choice(list(Kind)), empty=empty, copied_at=copied_at, at=at)

    def step(self, affected: Affected) -> bool:
        """Whether it has happened."""
        now, ledger = affected.scheduler.now, affected.ledger
        if self.copy is None and now >= self.copied_at:
            self.copy = ledger.with_name("copy.db")
            copy_ledger(ledger, self.copy)
            affected.scheduler.say("the ledger was copied")
        if not self.is_over and now >= self.at and self.copy is not None:
            self.is_over = True
            affected.scheduler.say(f"DISASTER: {self.kind.value}")
            self._happen(affected, self.copy)
        return self.is_over

    def _happen(self, affected: Affected, copy: Path) -> None:
        if self.kind is Kind.REFUSED:
            affected.refuse_writes()
            return
        for process in affected.find_processes():
            affected.scheduler.kill(process)
        if self.kind is Kind.LOST:
            begin_ledger(self.empty, affected.ledger)
        else:
            copy_ledger(copy, affected.ledger)
        affected.go_on()
