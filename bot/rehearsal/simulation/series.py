"""Many seeds, as many at a time as there are processors; and their report."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.rehearsal.environment import INTERRUPTED
from bot.rehearsal.simulation.bot_process import silence
from bot.rehearsal.simulation.ledger import make_template
from bot.rehearsal.simulation.play import Played, play

_MEMORY = Path("/dev/shm")  # noqa: S108 - a disk in memory, where a folder with a random name is made
_SAID_EVERY = 5.0  # seconds
_SHOWN = 60  # lines of the trace
_WORTH_A_POOL = 8  # a process takes as long to start as two seeds
_SELDOM = (100_000, 50, 100)
_BREAKING = 1  # the exit code


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of all seeds that were played. `cpu`: seconds of a processor; `traces`: a digest of all their traces."""

    seeds: int = 0
    faults: int = 0
    claims: int = 0
    requests: int = 0
    cpu: float = 0.0
    traces: str = ""

    def add(self, played: Played, cpu: float) -> Figures:
        return Figures(
            seeds=self.seeds + 1,
            faults=self.faults + played.faults,
            claims=self.claims + played.claims,
            requests=self.requests + played.requests,
            cpu=self.cpu + cpu,
            traces=hashlib.sha256(f"{self.traces}{played.digest}".encode()).hexdigest()[:16],
        )


def simulate(first: int, *, seeds: int, safety_alone: bool, as_json: bool, trace: bool = False) -> int:
    """Play the seeds and report. Returns the exit code: 0 if no promise was broken, else 1. `trace`: print that of the
    first one that failed, or of the only one, whole."""
    progress = Console(stderr=True)
    silence()
    broken, figures, began = list[Played](), Figures(), time.monotonic()
    said_at = began
    try:
        for played, cpu in _play_all(range(first, first + seeds), safety_alone=safety_alone):
            figures = figures.add(played, cpu)
            if not played.ok:
                broken.append(played)
                progress.print(Text(f"{played.seed}: {played.broken[0]}", style="red"), soft_wrap=True)
            if time.monotonic() - said_at >= _SAID_EVERY:
                said_at = time.monotonic()
                progress.print(f"{figures.seeds} of {seeds} seeds, {len(broken)} failed")
    except KeyboardInterrupt:
        progress.print("Stopped. Nothing is left running.")
        return INTERRUPTED
    broken.sort(key=lambda each: each.seed)
    seconds = time.monotonic() - began
    if as_json:
        print(json.dumps(_document(figures, broken, seconds), indent=2))  # noqa: T201
    else:
        _report(figures, broken, seconds, Console(), safety_alone=safety_alone, whole=trace)
    return _BREAKING if broken else 0


def play_one(seed: int, *, safety_alone: bool = False, most_faults: int | None = None) -> Played:
    """In a folder that is removed, in memory where there is a place for that."""
    with tempfile.TemporaryDirectory(prefix="nightshift-simulation-", dir=_place()) as folder:
        return play(seed, Path(folder), _template(), safety_alone=safety_alone, most_faults=most_faults)


def shrink(played: Played, *, safety_alone: bool = False) -> Played:
    """The same seed with the fewest of its faults, in their order, with which it still fails."""
    for most in range(played.faults):
        shorter = play_one(played.seed, safety_alone=safety_alone, most_faults=most)
        if not shorter.ok:
            return shorter
    return played


def _play_all(seeds: Iterable[int], *, safety_alone: bool) -> Iterator[tuple[Played, float]]:
    seeds = list(seeds)
    if len(seeds) < _WORTH_A_POOL:
        yield from (_time_seed(seed, safety_alone=safety_alone) for seed in seeds)
        return
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"), initializer=_prepare_process) as pool:
        yield from pool.map(partial(_time_seed, safety_alone=safety_alone), seeds, chunksize=4)


def _prepare_process() -> None:
    """What was imported lives as long as the process: to look through it for garbage took a tenth of the time."""
    silence()
    gc.freeze()
    gc.set_threshold(*_SELDOM)


def _time_seed(seed: int, *, safety_alone: bool) -> tuple[Played, float]:
    began = time.process_time()
    played = play_one(seed, safety_alone=safety_alone)
    return played, time.process_time() - began


def _place() -> Path | None:
    return _MEMORY if os.access(_MEMORY, os.W_OK) else None


@cache
def _template() -> Path:
    """One for this process, whose end removes it."""
    return make_template(Path(_template_folder().name))


@cache
def _template_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="nightshift-simulation-", dir=_place())


# -- the report


def _document(figures: Figures, broken: list[Played], seconds: float) -> dict[str, object]:
    return {
        "ok": not broken,
        "seeds": figures.seeds,
        "faults": figures.faults,
        "attempts": figures.claims,
        "requests": figures.requests,
        "traces": figures.traces,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(figures.cpu, 1),
        "failed": [{"seed": each.seed, "trace": each.digest, "broken": list(each.broken)} for each in broken],
    }


def _report(
    figures: Figures, broken: list[Played], seconds: float, out: Console, *, safety_alone: bool, whole: bool
) -> None:
    for played in broken[:1]:
        _show(shrink(played, safety_alone=safety_alone), played, out, whole=whole)
    each = figures.cpu / max(figures.seeds, 1)
    out.print(
        f"{figures.seeds} seeds, {figures.claims} attempts, {figures.faults} faults, {figures.requests} requests in "
        f"{seconds:.0f} s, {each:.2f} s of a processor each: {len(broken)} failed."
    )
    if broken:
        out.print(Text(f"Failed: {', '.join(str(each.seed) for each in broken)}", style="bold red"), soft_wrap=True)


def _show(shorter: Played, played: Played, out: Console, *, whole: bool) -> None:
    for line in shorter.trace if whole else shorter.trace[-_SHOWN:]:
        out.print(Text(line), soft_wrap=True)
    for said in shorter.broken:
        out.print(Text(f"seed {played.seed}: {said}", style="red"), soft_wrap=True)
    out.print(
        Text(
            f"With {shorter.faults} of its {played.faults} faults. Again: nightshift rehearse --simulate {played.seed}"
        ),
        soft_wrap=True,
    )
