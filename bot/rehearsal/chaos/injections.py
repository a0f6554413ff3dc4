"""The faults that a night with chaos injects into the bot's own processes, and the record of what happened.

Two sides share it: the rehearsal, which plans the faults, and the bot's processes, in which the injector runs.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from bot.core.checkpoints import Checkpoint


class FaultKind(StrEnum):
    """`WORKER`, `CLAUDE`, `GIT`, `GATE` (the gate's server, amid a session) and `WEB` (gunicorn or one of its workers)
    get SIGKILL; `MACHINE` kills all of them at once. `FREEZE` stops the worker for longer than its lease; `CLOCK` sets
    its clock; `DISK` fills its disk."""

    WORKER = "worker"
    MACHINE = "machine"
    WEB = "web"
    CLAUDE = "claude"
    GIT = "git"
    GATE = "gate"
    FREEZE = "freeze"
    CLOCK = "clock"
    DISK = "disk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Injection:
    """One fault, `delay` seconds after the `nth` time that `step` was taken (None: any step). `after`: only the times
    count that come after this one was taken. `seconds`: how far a clock jumps."""

    kind: FaultKind
    step: Checkpoint | None = None
    after: Checkpoint | None = None
    nth: int = 1
    delay: float = 0.0
    seconds: float = 0.0

    def is_due(self, steps: Sequence[Checkpoint]) -> bool:
        if self.after is not None:
            steps = steps[steps.index(self.after) + 1 :] if self.after in steps else []
        return sum(self.step in (None, step) for step in steps) >= self.nth

    def __str__(self) -> str:
        where = f"{self.step} #{self.nth}" if self.step else f"step {self.nth}"
        where += f" after {self.after}" if self.after else ""
        late = f" + {self.delay:.2f} s" if self.delay else ""
        return f"{self.kind} at {where}{late}" + (f" by {self.seconds:+.0f} s" if self.seconds else "")


class Record:
    """The folder that both sides write: the plan, the trace (one JSON object a line), and the time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._trace = folder / "trace.jsonl"

    @staticmethod
    def begin(folder: Path, injections: Sequence[Injection]) -> Record:
        folder.mkdir(parents=True)
        (folder / "injections.json").write_text(json.dumps([asdict(injection) for injection in injections]))
        (folder / "lock").touch()
        return Record(folder)

    def injections(self) -> list[Injection]:
        found = json.loads((self._folder / "injections.json").read_text())
        steps = ("step", "after")
        return [
            Injection(
                **each
                | {"kind": FaultKind(each["kind"])}
                | {name: each[name] and Checkpoint(each[name]) for name in steps}
            )
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

    def take_step(self, step: Checkpoint, subject: str) -> list[int]:
        """Note the step. Returns the numbers of the injections that it triggers, which are on record then.

        Several processes take steps at the same time, and each injection is triggered once: hence the lock, which the
        kernel releases if its holder is killed.
        """
        with self._lock():
            self.note(step=step, subject=subject)
            steps, before = self.steps(), self.triggered()
            now = [n for n, each in enumerate(self.injections()) if n not in before and each.is_due(steps)]
            for number in now:
                self.note(triggered=number)
        return now

    def events(self) -> Iterator[dict[str, Any]]:
        if self._trace.exists():
            yield from map(json.loads, self._trace.read_text().splitlines())

    def steps(self) -> list[Checkpoint]:
        return [Checkpoint(event["step"]) for event in self.events() if "step" in event]

    def triggered(self) -> set[int]:
        """The numbers of the injections whose step was taken. One that was triggered and never fired, because its
        process was killed before, does not fire later."""
        return {event["triggered"] for event in self.events() if "triggered" in event}

    def fired(self) -> set[int]:
        """The numbers of the injections that took effect."""
        return {event["fired"] for event in self.events() if "fired" in event}

    # -- time: `ahead` is by how much the rehearsal advances all clocks, `skew` how wrong the bot's clock is

    def ahead(self) -> float:
        return self._number("ahead")

    def skip(self, seconds: float) -> None:
        self._set("ahead", self.ahead() + seconds)

    def skew(self) -> float:
        return self._number("skew")

    def jump(self, seconds: float) -> None:
        self._set("skew", self.skew() + seconds)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._folder / "lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _number(self, name: str) -> float:
        try:
            return float((self._folder / name).read_text())
        except FileNotFoundError:
            return 0.0

    def _set(self, name: str, value: float) -> None:
        new = self._folder / f"{name}.new"
        new.write_text(str(value))
        new.replace(self._folder / name)
