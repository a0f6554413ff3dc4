"""One trial: plant a bug in a copy of the tree, run what has to notice it, and see whether it did."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from bot.rehearsal.load import load_factor
from tests.planted.table import PlantedBug
from tests.planted.tree import copied_tree, install

SECONDS = 300.0  # for one trial, on a machine that has nothing else to do
_TAIL = 25  # lines of what was printed that a report repeats
_FAILED = 1  # the exit code of pytest and of `nightshift rehearse` for what did not come out as it must


_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()  # so that no trial starts a program after `stop_trials` has ended all of them
_stopped = threading.Event()


class Stopped(Exception):
    """Instead of the program of a trial that had not started it yet."""


class Outcome(StrEnum):
    CAUGHT = "caught"
    MISSED = "MISSED"
    BROKEN = "BROKEN"  # neither: nothing ran, or it did not end


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`said`: the end of what was printed, where the outcome is not the wanted one."""

    name: str
    promise: str
    caught_by: str
    outcome: Outcome
    seconds: float
    said: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def try_bug(bug: PlantedBug, source: Path, *, seconds: float = SECONDS) -> Trial:
    """Raises DoesNotApply."""
    began = time.monotonic()
    with copied_tree(source) as tree:
        (tree / bug.file).write_text(bug.plant_in(tree), encoding="utf-8")
        code, said = run_catcher(bug.caught_by, tree, seconds=seconds)
    outcome = {0: Outcome.MISSED, _FAILED: Outcome.CAUGHT}.get(code, Outcome.BROKEN)
    return Trial(
        name=bug.name,
        promise=bug.promise,
        caught_by=bug.caught_by,
        outcome=outcome,
        seconds=round(time.monotonic() - began, 1),
        said="" if outcome is Outcome.CAUGHT else said,
    )


def try_without_bugs(catcher: str, source: Path, *, seconds: float = SECONDS) -> str:
    """Run it on the tree as it is. Returns what it printed if it fails: then it catches nothing, it is broken."""
    with copied_tree(source) as tree:
        code, said = run_catcher(catcher, tree, seconds=seconds)
    return f"exit code {code}\n{said}" if code else ""


def run_catcher(catcher: str, tree: Path, *, seconds: float) -> tuple[int, str]:
    """The exit code, -1 at the time limit, and the end of what was printed."""
    python = install(tree)
    folder = tree.parent / "run"
    folder.mkdir()
    environment = {
        "PATH": os.pathsep.join([str(python.parent), os.environ.get("PATH", os.defpath)]),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
    }
    with (folder / "printed").open("wb") as printed:
        child = _start(_command(catcher, python, tree, folder), tree, environment, printed)
        code = _wait_for(child, seconds)
    lines = (folder / "printed").read_text(errors="replace").splitlines()
    return code, "\n".join(lines[-_TAIL:])


def _command(catcher: str, python: Path, tree: Path, folder: Path) -> Sequence[str]:
    kind, _, name = catcher.partition(" ")
    if kind == "night":
        scenario = [] if name == "demo" else ["--scenario", str(tree / name)]
        return [str(python), "-m", "bot", "rehearse", *scenario, "--folder", str(folder / "night")]
    if kind == "chaos":
        return [str(python), "-m", "bot", "rehearse", "--chaos", name, "--folder", str(folder / "night")]
    if kind == "simulate":
        first, _, seeds = name.partition("+")
        return [str(python), "-m", "bot", "rehearse", "--simulate", first, "--nights", seeds]
    options = ["-q", "-x", "-p", "no:cacheprovider", f"--basetemp={folder / 'pytest'}"]
    return [str(python), "-m", "pytest", *options, catcher]


def allow_trials() -> None:
    """After `stop_trials`, for another run in the same process."""
    _stopped.clear()


def stop_trials() -> None:
    """End what runs, and start nothing more: the threads that wait for it go on at once, and remove their trees."""
    with _lock:
        _stopped.set()
        for child in _running:
            _kill(child)


def _start(
    command: Sequence[str], tree: Path, environment: Mapping[str, str], printed: BinaryIO
) -> subprocess.Popen[bytes]:
    with _lock:
        if _stopped.is_set():
            raise Stopped
        child = subprocess.Popen(
            command,
            cwd=tree,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _running.add(child)
    return child


def _wait_for(child: subprocess.Popen[bytes], seconds: float) -> int:
    try:
        return child.wait(seconds * load_factor())
    except subprocess.TimeoutExpired:
        return -1
    finally:
        _kill(child)
        child.wait()
        with _lock:
            _running.discard(child)


def _kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
