"""Runs in the bot's own process, observes each step, and fires the injections that the plan triggers there."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from bot.adapters import supervise
from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.injections import FaultKind, Injection, Record

GATE_LOG = "--log"  # the option of the gate's server that names the file of its rulings
FILLER = "filler"  # the name of the file that fills a disk
_FULL_SECONDS = 3.0
_USUAL_PATIENCE = 5.0
_PATIENCE = {FaultKind.GATE: 60.0}  # its canary comes before it
_LOOK = 0.005
_SUPERVISOR = Path(supervise.__file__).name  # its command holds the words of the command that it supervises
_CANARY = "canary"  # in the paths of the session that proves the guards before the session of the task
_ATTEMPT = re.compile(r"/attempts/(\d+)-\d+/")
_MIB = 1 << 20
_WORDS = {  # in the command of the victim
    FaultKind.WEB: "web",
    FaultKind.CLAUDE: "--output-format",
    FaultKind.GIT: "git",
    FaultKind.GATE: "gate_server.py",
}
# Processes that may only be started after the step, so that the injection waits for them.
_NEEDS_A_VICTIM = frozenset({FaultKind.CLAUDE, FaultKind.GIT, FaultKind.GATE})

Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class Injector:
    """`reached` is the observer of steps that the bot's services accept; `now` and `monotonic` are their clocks.
    `patience`: for how many seconds an injection waits for a process that it can kill; None: as long as is usual."""

    record: Record
    data: Path
    patience: float | None = None
    _injections: tuple[Injection, ...] = field(init=False)

    def __post_init__(self) -> None:
        self._injections = tuple(self.record.injections())

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.record.ahead() + self.record.skew())

    def monotonic(self) -> float:
        return time.monotonic() + self.record.ahead()

    def reached(self, step: Checkpoint, subject: str) -> None:
        for number in self.record.take_step(step, subject):
            self._start(number, self._injections[number])

    def _start(self, number: int, injection: Injection) -> None:
        """In this thread, so that nothing more happens after the step; in another one where something has to."""
        if injection.delay == 0 and injection.kind not in (*_NEEDS_A_VICTIM, FaultKind.DISK):
            self._fire(number, injection)
        else:
            threading.Thread(target=self._fire_later, args=[number, injection], daemon=True).start()

    def _fire_later(self, number: int, injection: Injection) -> None:
        time.sleep(injection.delay)
        self._fire(number, injection)

    def _fire(self, number: int, injection: Injection) -> None:
        """What kills or stops this process is noted before it fires, since nothing can be noted after; the rest after
        it, since only then is known whether it had an effect."""
        if injection.kind in (FaultKind.WORKER, FaultKind.MACHINE, FaultKind.FREEZE):
            self._note_fired(number)
            _stop_this_process(injection.kind)
        elif (noted := self._take_effect(injection)) is not None:
            self._note_fired(number, **noted)
        else:
            self.record.note(missed=number, what=str(injection))
        if injection.kind is FaultKind.DISK:
            self._empty_disk()

    def _note_fired(self, number: int, **more: Any) -> None:
        self.record.note(fired=number, what=str(self._injections[number]), **more)

    def _take_effect(self, injection: Injection) -> Json | None:
        """Faults that the worker survives. Returns what to note; None: no process to kill, or no disk to fill."""
        match injection.kind:
            case FaultKind.DISK:
                return {} if self._fill_disk() else None
            case FaultKind.CLOCK:
                self.record.jump(injection.seconds)
                return {}
            case kind:
                patience = _PATIENCE.get(kind, _USUAL_PATIENCE) if self.patience is None else self.patience
                return self._kill_one(_WORDS[kind], injection.nth, patience)

    def _kill_one(self, word: str, which: int, patience: float) -> Json | None:
        """Kill one of our descendants whose command has this word, as soon as there is one. Returns whose it was."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            found = [each for each in _descendants() if _is_victim(each, word)]
            if found:
                victim = found[which % len(found)]
                task = _task_of(victim)
                if _send(victim, signal.SIGKILL):
                    return {} if task is None else {"task": task}
            time.sleep(_LOOK)
        return None

    def _fill_disk(self) -> bool:
        """Only a disk that was mounted for this night."""
        if not self.data.is_mount():
            return False
        filler = self.data / FILLER
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * _MIB)
        except OSError:  # the disk is full
            return True

    def _empty_disk(self) -> None:
        """After some seconds. If the bot ends before, the service manager does it."""
        filler = self.data / FILLER
        if filler.exists():
            time.sleep(_FULL_SECONDS)
            filler.unlink(missing_ok=True)


def _descendants() -> Iterable[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _is_victim(process: psutil.Process, word: str) -> bool:
    try:
        words = process.cmdline()[:40]
    except psutil.Error:  # it has ended meanwhile
        return False
    names = {part for each in words for part in (each, Path(each).name)}
    return word in names and _SUPERVISOR not in names and (word != _WORDS[FaultKind.GATE] or _is_in_use(words))


def _is_in_use(gate: list[str]) -> bool:
    """Whether it has ruled on a call of a task's session. The gate of a canary is spared: a canary is repeated, so
    killing its gate would prove nothing."""
    log = Path(gate[gate.index(GATE_LOG) + 1]) if GATE_LOG in gate[:-1] else None
    ruled = log is not None and log.exists() and log.stat().st_size > 0
    return ruled and not any(_CANARY in word for word in gate)


def _task_of(process: psutil.Process) -> int | None:
    """The number of the task for whose attempt it runs, if its command names a folder of one."""
    with suppress(psutil.Error):
        found = _ATTEMPT.search(" ".join(process.cmdline()))
        return int(found[1]) if found else None
    return None


def _stop_this_process(kind: FaultKind) -> None:
    """The worker alone, or with all its descendants."""
    if kind is FaultKind.MACHINE:
        _freeze_descendants()
    os.kill(os.getpid(), signal.SIGSTOP if kind is FaultKind.FREEZE else signal.SIGKILL)


def _freeze_descendants() -> None:
    """As in a power cut, no process may see another one die: all are stopped, also those that start meanwhile. The
    service manager then kills what it finds stopped."""
    family: set[psutil.Process] = set()
    while more := set(_descendants()) - family:
        for process in more:
            _send(process, signal.SIGSTOP)
        family |= more


def _send(process: psutil.Process, number: signal.Signals) -> bool:
    """False if it has ended meanwhile."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True
