"""Sits in the bot's own process, hears of each step, and strikes when the plan says so."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from bot.adapters import supervise
from bot.core.checkpoints import Checkpoint
from bot.rehearsal.chaos.strikes import Blow, Record, Strike

FILLER = "filler"  # the name of the file that fills a disk
_FULL_SECONDS = 3.0
_LOOK = 0.005
_SUPERVISOR = Path(supervise.__file__).name  # has the words of what it runs
_MIB = 1 << 20
_WORDS = {Blow.DOOR: "web", Blow.CLAUDE: "--output-format", Blow.GIT: "git"}  # in the command of the victim


class Saboteur:
    """`reached` is the observer that the bot's services take; `now` and `monotonic` its clocks. `patience`: the seconds
    that a blow waits for its victim to appear."""

    def __init__(self, record: Record, data: Path, *, patience: float = 5.0) -> None:
        self._record = record
        self._data = data
        self._patience = patience
        self._strikes = record.strikes()
        self._due = record.due()
        self._steps = record.steps()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._record.ahead() + self._record.skew())

    def monotonic(self) -> float:
        return time.monotonic() + self._record.ahead()

    def reached(self, step: Checkpoint, subject: str) -> None:
        with self._lock:
            self._record.note(step=step, subject=subject)
            self._steps.append(step)
            due = [number for number, strike in enumerate(self._strikes) if self._is_due(number, strike)]
            self._due.update(due)
            for number in due:
                self._record.note(due=number)
        for number in due:
            self._strike(number, self._strikes[number])

    def _is_due(self, number: int, strike: Strike) -> bool:
        return number not in self._due and strike.is_due(self._steps)

    def _strike(self, number: int, strike: Strike) -> None:
        if strike.delay == 0 and strike.blow not in (Blow.CLAUDE, Blow.GIT, Blow.DISK):
            self._deal(number, strike)
        else:
            threading.Thread(target=self._later, args=[number, strike], daemon=True).start()

    def _later(self, number: int, strike: Strike) -> None:
        time.sleep(strike.delay)
        self._deal(number, strike)

    def _deal(self, number: int, strike: Strike) -> None:
        """It is on record when it is dealt: in the moment before where nobody lives to say so after it, else after."""
        if strike.blow in (Blow.WORKER, Blow.MACHINE, Blow.FREEZE):
            self._dealt(number)
            _strike_all(strike.blow)
        elif self._is_dealt(strike):
            self._dealt(number)
        else:
            self._record.note(missed=number, what=str(strike))
        if strike.blow is Blow.DISK:
            self._make_room()

    def _dealt(self, number: int) -> None:
        self._record.note(strike=number, what=str(self._strikes[number]))

    def _is_dealt(self, strike: Strike) -> bool:
        """Deal what the worker outlives. False: there was nothing to strike at."""
        match strike.blow:
            case Blow.DISK:
                return self._fill_disk()
            case Blow.CLOCK:
                self._record.jump(strike.seconds)
                return True
            case blow:
                return self._kill_one(_WORDS[blow], strike.nth)

    def _kill_one(self, word: str, which: int) -> bool:
        """Kill one of our descendants whose command has this word, once there is one."""
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            found = _descendants(lambda command: word in command and _SUPERVISOR not in command)
            if found and _send(found[which % len(found)], signal.SIGKILL):
                return True
            time.sleep(_LOOK)
        return False

    def _fill_disk(self) -> bool:
        """Only ever a disk of its own."""
        if not self._data.is_mount():
            return False
        filler = self._data / FILLER
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * _MIB)
        except OSError:  # it is full, as it should be
            return True

    def _make_room(self) -> None:
        """After some seconds. If the bot ends before, its keeper does it."""
        filler = self._data / FILLER
        if filler.exists():
            time.sleep(_FULL_SECONDS)
            filler.unlink(missing_ok=True)


def _descendants(wanted: Callable[[list[str]], bool]) -> list[psutil.Process]:
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            if wanted([part for word in process.cmdline()[:40] for part in (word, Path(word).name)]):
                found.append(process)
        except psutil.Error:  # it has ended meanwhile
            continue
    return found


def _strike_all(blow: Blow) -> None:
    """The worker itself, or everybody with it."""
    if blow is Blow.MACHINE:
        _kill_all()
    os.kill(os.getpid(), signal.SIGSTOP if blow is Blow.FREEZE else signal.SIGKILL)


def _kill_all() -> None:
    """What a power cut does, as nearly as can be: everybody stands still, also who was just being born, so that nobody
    gets to see another die. The keeper then kills whoever it finds standing still."""
    family: set[psutil.Process] = set()
    while more := set(psutil.Process().children(recursive=True)) - family:
        for process in more:
            _send(process, signal.SIGSTOP)
        family |= more
    os.kill(os.getpid(), signal.SIGKILL)


def _send(process: psutil.Process, number: signal.Signals) -> bool:
    """False if it has ended meanwhile."""
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return False
    return True
