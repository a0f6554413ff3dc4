"""Many nights with chaos, each in a separate process, several at a time; and their report."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.adapters.git.workspace import remove_tree
from bot.adapters.process import run
from bot.rehearsal.chaos.injections import FaultKind
from bot.rehearsal.chaos.night import ChaosNight, unmount
from bot.rehearsal.chaos.plan import NAMED_STEPS, plan_named
from bot.rehearsal.environment import INTERRUPTED, WRONG, FolderRefused, interrupted_by_signals, prepare_folder
from bot.rehearsal.load import load_factor

STEPS = "steps"  # instead of a seed: a kill at each step in turn
COLUMNS = (FaultKind.WORKER, FaultKind.MACHINE)
_AT_A_TIME = 2 * (os.cpu_count() or 1)  # half of a night is waiting
_MOST_SECONDS = 400.0  # for one night, with everything around it
_LAST_EVENTS = 40
_TICK = 0.1

Key = str
"""What names a night for the process that plays it: a seed, or `worker:pushed`."""


def rehearse_chaos(what: str, *, nights: int, as_json: bool, folder: Path | None) -> int:
    """Play the nights and report. `what`: the first seed, `steps`, or one fault at one step, such as `worker:pushed`.

    Returns the exit code: 0 as it must be, 1 not, 2 a wrong request. What a night that failed has left stays in
    `folder` (None: a new one), with its trace.
    """
    complain = Console(stderr=True)
    try:
        keys = _keys(what, nights)
        with interrupted_by_signals():
            return _rehearse(what, keys, prepare_folder(folder), as_json=as_json)
    except (ValueError, FolderRefused) as refused:
        complain.print(Text(str(refused)), soft_wrap=True)
        return WRONG
    except KeyboardInterrupt:
        complain.print("Stopped. Nothing is left running.")
        return INTERRUPTED


def _rehearse(what: str, keys: Sequence[Key], folder: Path, *, as_json: bool) -> int:
    out, progress = Console(), Console(stderr=as_json)
    if os.geteuid() != 0:
        progress.print("Only root can make a small disk to fill: full disks are left out.")
    lines = []
    for key, night in _play(keys, folder):
        lines.append(night)
        progress.print(Text(_line(key, night), style="" if night.ok else "red"), soft_wrap=True)
        for said in night.unexpected if len(keys) > 1 else ():  # the report at the end is of the first one alone
            progress.print(Text(f"          {said}", style="red"), soft_wrap=True)
    lines.sort(key=lambda night: keys.index(night.name.removeprefix("--chaos ")))
    if as_json:
        out.file.write(json.dumps(_as_json(lines), ensure_ascii=False, indent=2) + "\n")
    else:
        print_nights(lines, out, what=what, folder=folder)
    return 0 if all(night.ok for night in lines) else 1


def _keys(what: str, nights: int) -> list[Key]:
    if what == STEPS:
        return [f"{kind}:{step}" for step in NAMED_STEPS for kind in COLUMNS]
    if what.isdecimal():
        return [str(int(what) + night) for night in range(nights)]
    plan_named(what)  # raises ValueError
    return [what]


def _play(keys: Sequence[Key], folder: Path) -> Iterator[tuple[Key, ChaosNight]]:
    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        running: dict[Future[ChaosNight], Key] = {pool.submit(_in_a_process, key, folder): key for key in keys}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _end(running)
            raise


def _end(running: Iterable[Future[ChaosNight]]) -> None:
    """Until none is played any more: one may be about to start its process. Each child is a supervisor, and ends all of
    its night."""
    while any(night.running() for night in running):
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                child.terminate()
        time.sleep(_TICK)


def _in_a_process(key: Key, folder: Path) -> ChaosNight:
    """The nights are independent: each has its own process, folder and ports."""
    home = folder / key.replace(":", "-").replace("+", "-")
    home.mkdir()
    command = [sys.executable, "-m", "bot.rehearsal.chaos.run_one", key, str(home)]
    ended = run(command, cwd=home, env=_environment(home), seconds=_MOST_SECONDS * load_factor(), codes=None)
    unmount(home / "data")
    try:
        night = _read(json.loads(ended.stdout))
    except ValueError:
        said = ended.stderr.strip()[-2000:]
        night = _lose(key, f"the rehearsal of this night ended with code {ended.code}:\n{said}")
    if night.ok:
        remove_tree(home)
    else:
        (home / "trace.json").write_text(json.dumps(asdict(night) | {"steps": sorted(night.steps)}, indent=1))
    return night


def _environment(home: Path) -> dict[str, str]:
    """Built from nothing, as the bot's own is."""
    kept = {each: os.environ[each] for each in ("PATH", "LANG", "TZ") if each in os.environ}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(Path(__file__).parents[3])}


def _read(fields: dict[str, Any]) -> ChaosNight:
    lists = ("unexpected", "fired", "missed", "trace")
    return ChaosNight(**fields | {each: tuple(fields[each]) for each in lists} | {"steps": frozenset(fields["steps"])})


def _lose(key: Key, said: str) -> ChaosNight:
    nothing: dict[str, Any] = {"seconds": 0.0, "steps": frozenset(), "fired": ()}
    return ChaosNight(name=f"--chaos {key}", unexpected=(said,), sessions=0, tasks=0, faults=0, **nothing)


# -- the report


def _line(key: Key, night: ChaosNight) -> str:
    verdict = "ok" if night.ok else "NOT AS IT MUST BE"
    injections = "; ".join((*night.fired, *(f"missed: {each}" for each in night.missed))) or "no injection fired"
    figures = f"{night.seconds:5.1f} s, {night.cpu:4.1f} s of CPU  {night.tasks} tasks, {night.sessions} sessions"
    return f"{key:>8}  {verdict}  {figures}  {injections}"


def _as_json(nights: Sequence[ChaosNight]) -> dict[str, Any]:
    return {
        "ok": all(night.ok for night in nights),
        "nights": [
            {
                "name": night.name,
                "ok": night.ok,
                "seconds": night.seconds,
                "cpu": night.cpu,
                "tasks": night.tasks,
                "sessions": night.sessions,
                "fired": list(night.fired),
                "missed": list(night.missed),
                "faults": night.faults,
                "unexpected": list(night.unexpected),
            }
            for night in nights
        ],
    }


def print_nights(nights: Sequence[ChaosNight], out: Console, *, what: str, folder: Path) -> None:
    if what == STEPS:
        out.print(_table(nights))
    failed = [night for night in nights if not night.ok]
    for night in failed[:1]:
        _print_failure(night, out, folder)
    injections = sum(len(night.fired) for night in nights)
    sums = f"{_sum(nights, 'tasks')} tasks, {_sum(nights, 'sessions')} sessions, {_sum(nights, 'faults')} faults"
    out.print(f"{len(nights)} nights, {sums}, {injections} injections: {len(failed)} not as they must be.")
    if failed:
        out.print(Text(f"Failed: {', '.join(night.name for night in failed)}", style="bold red"), soft_wrap=True)
    else:
        out.print(Text("Nothing was lost, nothing came twice, nothing got stuck.", style="bold green"))


def _sum(nights: Iterable[ChaosNight], figure: str) -> int:
    return sum(int(getattr(night, figure)) for night in nights)


def _print_failure(night: ChaosNight, out: Console, folder: Path) -> None:
    """The first night that failed: what was wrong, how it came, and how to see it again."""
    for event in night.trace[-_LAST_EVENTS:]:
        out.print(Text("  " + "  ".join(f"{value}" for value in event.values())), soft_wrap=True)
    for sentence in night.unexpected:
        out.print(Text(f"{night.name}: {sentence}", style="red"), soft_wrap=True)
    out.print(
        Text(f"Again: nightshift rehearse {night.name}; what it left, with the whole trace: {folder}"), soft_wrap=True
    )


def _table(nights: Sequence[ChaosNight]) -> Table:
    table = Table(box=None, pad_edge=False)
    for title in ("step", *(f"{kind} killed" for kind in COLUMNS)):
        table.add_column(title)
    by_name = {night.name: night for night in nights}
    for step in NAMED_STEPS:
        table.add_row(step, *(_cell(by_name[f"--chaos {kind}:{step}"]) for kind in COLUMNS))
    return table


def _cell(night: ChaosNight) -> str:
    return f"ok, {night.sessions} sessions" if night.ok else "FAILED"
