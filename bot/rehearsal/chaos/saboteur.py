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
from bot.core.steps import Step
from bot.rehearsal.chaos.strikes import Blow, Record, Strike

FILLER = "filler"  # the name of the file that fills a disk
_PATIENCE = 5.0  # seconds that a blow waits for its victim to appear
_FULL_SECONDS = 3.0
_LOOK = 0.005
_SUPERVISOR = Path(supervise.__file__).name  # has the words of what it runs
_MIB = 1 << 20


class Saboteur:
    """`reached` is the observer that the bot's services take; `now` and `monotonic` its clocks."""

    def __init__(self, record: Record, data: Path) -> None:
        self._record = record
        self._data = data
        self._strikes = record.strikes()
        self._struck = record.struck()
        self._steps = record.steps()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._record.ahead() + self._record.skew())

    def monotonic(self) -> float:
        return time.monotonic() + self._record.ahead()

    def reached(self, step: Step, subject: str) -> None:
        with self._lock:
            self._record.note(step=step, subject=subject)
            self._steps.append(step)
            due = [number for number, strike in enumerate(self._strikes) if self._is_due(number, strike)]
            self._struck.update(due)
            for number in due:
                self._record.note(strike=number, what=str(self._strikes[number]))
        for number in due:
            self._strike(self._strikes[number])

    def _is_due(self, number: int, strike: Strike) -> bool:
        return number not in self._struck and strike.is_due(self._steps)

    def _strike(self, strike: Strike) -> None:
        if strike.delay == 0 and strike.blow not in (Blow.CLAUDE, Blow.GIT, Blow.DISK):
            self._deal(strike)
        else:
            threading.Thread(target=self._later, args=[strike], daemon=True).start()

    def _later(self, strike: Strike) -> None:
        time.sleep(strike.delay)
        self._deal(strike)

    def _deal(self, strike: Strike) -> None:
        match strike.blow:
            case Blow.WORKER:
                os.kill(os.getpid(), signal.SIGKILL)
            case Blow.MACHINE:
                _kill_all()
            case Blow.FREEZE:
                os.kill(os.getpid(), signal.SIGSTOP)
            case Blow.DOOR:
                self._kill_one("web", strike.nth)
            case Blow.CLAUDE:
                self._kill_one("--output-format", strike.nth)
            case Blow.GIT:
                self._kill_one("git", strike.nth)
            case Blow.CLOCK:
                self._record.jump(strike.seconds)
            case Blow.DISK:
                self._fill_disk()

    def _kill_one(self, word: str, which: int) -> None:
        """Kill one of our descendants whose command has this word, once there is one."""
        deadline = time.monotonic() + _PATIENCE
        while not (found := _descendants(lambda command: word in command and _SUPERVISOR not in command)):
            if time.monotonic() > deadline:
                self._record.note(missed=word)
                return
            time.sleep(_LOOK)
        victim = found[which % len(found)]
        self._record.note(killed=victim.pid, word=word)
        _send(victim, signal.SIGKILL)

    def _fill_disk(self) -> None:
        """Full for some seconds, or until the bot ends: then its keeper makes room. Only ever a disk of its own."""
        if not self._data.is_mount():
            self._record.note(missed="a disk of its own")
            return
        filler = self._data / FILLER
        try:
            with filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"\0" * _MIB)
        except OSError:  # it is full, as it should be
            self._record.note(full=str(self._data))
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


def _kill_all() -> None:
    """What a power cut does, as nearly as can be: everybody stands still, also who was just being born, so that nobody
    gets to see another die. The keeper then kills whoever it finds standing still."""
    family: set[psutil.Process] = set()
    while more := set(psutil.Process().children(recursive=True)) - family:
        for process in more:
            _send(process, signal.SIGSTOP)
        family |= more
    os.kill(os.getpid(), signal.SIGKILL)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
