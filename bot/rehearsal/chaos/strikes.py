"""What strikes the bot itself during a night with chaos, and the record of what happened.

Both sides know it: the rehearsal, which plans, and the bot's own process, in which the saboteur sits."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.core.checkpoints import Checkpoint


class Blow(StrEnum):
    """`WORKER`, `CLAUDE`, `GIT` and `DOOR` (gunicorn or one of its workers) get SIGKILL; `MACHINE` is all of them at
    once. `FREEZE` stops the worker for longer than its lease; `CLOCK` sets its clock; `DISK` fills its disk."""

    WORKER = "worker"
    MACHINE = "machine"
    DOOR = "door"
    CLAUDE = "claude"
    GIT = "git"
    FREEZE = "freeze"
    CLOCK = "clock"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """A blow `delay` seconds after the `nth` time that `step` was taken (None: any step). `seconds`: how far a clock
    jumps."""

    blow: Blow
    step: Checkpoint | None = None
    nth: int = 1
    delay: float = 0.0
    seconds: float = 0.0

    def is_due(self, steps: Sequence[Checkpoint]) -> bool:
        return sum(self.step in (None, step) for step in steps) >= self.nth

    def __str__(self) -> str:
        where = f"{self.step} #{self.nth}" if self.step else f"step {self.nth}"
        late = f" + {self.delay:.2f} s" if self.delay else ""
        return f"{self.blow} at {where}{late}" + (f" by {self.seconds:+.0f} s" if self.seconds else "")


class Record:
    """The folder in which both sides write: the plan, what happened (one JSON object a line), and what time it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trace = folder / "trace.jsonl"

    @staticmethod
    def begin(folder: Path, strikes: Sequence[Strike]) -> Record:
        folder.mkdir(parents=True)
        (folder / "strikes.json").write_text(json.dumps([asdict(strike) for strike in strikes]))
        return Record(folder)

    def strikes(self) -> list[Strike]:
        found = json.loads((self._folder / "strikes.json").read_text())
        return [
            Strike(**each | {"blow": Blow(each["blow"]), "step": each["step"] and Checkpoint(each["step"])})
            for each in found
        ]

    def note(self, **what: Any) -> None:
        """One line, in one write, so that a kill leaves it whole or not at all."""
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **what})
        descriptor = os.open(self._trace, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{line}\n".encode())
        finally:
            os.close(descriptor)

    def events(self) -> Iterator[dict[str, Any]]:
        if self._trace.exists():
            yield from map(json.loads, self._trace.read_text().splitlines())

    def steps(self) -> list[Checkpoint]:
        return [Checkpoint(event["step"]) for event in self.events() if "step" in event]

    def due(self) -> set[int]:
        """The numbers of the strikes whose moment came. Each comes once: what whoever was to deal it did not live to
        deal, nobody deals."""
        return {event["due"] for event in self.events() if "due" in event}

    def dealt(self) -> set[int]:
        """The numbers of the strikes that were dealt, and neither missed nor cut off."""
        return {event["strike"] for event in self.events() if "strike" in event}

    # -- time: `ahead` is what the rehearsal skips of everybody's time, `skew` how wrong the bot's own clock is

    def ahead(self) -> float:
        return self._number("ahead")

    def skip(self, seconds: float) -> None:
        self._set("ahead", self.ahead() + seconds)

    def skew(self) -> float:
        return self._number("skew")

    def jump(self, seconds: float) -> None:
        self._set("skew", self.skew() + seconds)

    def _number(self, name: str) -> float:
        try:
            return float((self._folder / name).read_text())
        except FileNotFoundError:
            return 0.0

    def _set(self, name: str, value: float) -> None:
        new = self._folder / f"{name}.new"
        new.write_text(str(value))
        new.replace(self._folder / name)
