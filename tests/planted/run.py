"""Plants each bug of the table in a copy of the tree and runs what has to notice it: `make planted`.

Exit codes: 0 all were caught; 1 one was missed; 2 a bug does not apply, is not known, or its trial could not be run.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO, TypeVar

from tests.planted.table import ROOT, TABLE, PlantedBug, TableWrong, read_table
from tests.planted.tree import snapshot
from tests.planted.trial import SECONDS, Outcome, Trial, allow_trials, stop_trials, try_bug, try_without_bugs

T = TypeVar("T")
R = TypeVar("R")

MISSED, WRONG, INTERRUPTED = 1, 2, 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options().parse_args(arguments)
    try:
        bugs = read_table(options.table).named(options.only)
        for bug in bugs:
            bug.plant_in(ROOT)
    except (TableWrong, OSError) as wrong:
        _print(str(wrong))
        return WRONG
    if options.list:
        _print("\n".join(f"{bug.name:<34} {bug.promise:<16} {bug.caught_by}" for bug in bugs), sys.stdout)
        return 0
    try:
        with snapshot(ROOT) as source:
            broken = {} if options.no_baseline else _baseline(bugs, source, options)
            trials = list(_trials(bugs, source, options))
    except KeyboardInterrupt:
        _print("Stopped.")
        return INTERRUPTED
    return _report(trials, broken, as_json=options.json)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make planted", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this bug alone; may be repeated")
    parser.add_argument(
        "--table", type=Path, default=TABLE, help="another table than the one beside this program: a file, or a folder"
    )
    parser.add_argument("--list", action="store_true", help="name the bugs, and run nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--jobs", type=int, default=2, help="so many trials at a time; 2 if left out")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="time limit of one trial")
    parser.add_argument(
        "--no-baseline", action="store_true", help="do not run the catchers on the unchanged tree before"
    )
    return parser


def _baseline(bugs: Sequence[PlantedBug], source: Path, options: argparse.Namespace) -> dict[str, str]:
    """What fails without any bug, with what it printed: it proves nothing."""
    catchers = list(dict.fromkeys(bug.caught_by for bug in bugs))
    broken = {}

    def run(catcher: str) -> tuple[str, str]:
        return catcher, try_without_bugs(catcher, source, seconds=options.seconds)

    for number, (catcher, said) in enumerate(_each(run, catchers, options.jobs), 1):
        _print(f"[{number:>2}/{len(catchers)}] without a bug: {'FAILS' if said else 'passes'}  {catcher}")
        if said:
            broken[catcher] = said
    return broken


def _trials(bugs: Sequence[PlantedBug], source: Path, options: argparse.Namespace) -> Iterator[Trial]:
    def run(bug: PlantedBug) -> Trial:
        return try_bug(bug, source, seconds=options.seconds)

    for number, trial in enumerate(_each(run, bugs, options.jobs), 1):
        _print(
            f"[{number:>2}/{len(bugs)}] {trial.name:<34} {trial.outcome:<7} {trial.seconds:>6.1f} s  {trial.caught_by}"
        )
        yield trial


def _each(run: Callable[[T], R], things: Sequence[T], jobs: int) -> Iterator[R]:
    allow_trials()
    with ThreadPoolExecutor(max_workers=jobs) as pool:
        running: list[Future[R]] = [pool.submit(run, thing) for thing in things]
        try:
            yield from (done.result() for done in as_completed(running))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            stop_trials()


def _report(trials: Sequence[Trial], broken: dict[str, str], *, as_json: bool) -> int:
    caught = sum(trial.outcome is Outcome.CAUGHT and trial.caught_by not in broken for trial in trials)
    for trial in trials:
        if trial.said:
            _print(f"\n{trial.name} was {trial.outcome.lower()} by {trial.caught_by}:\n{trial.said}")
    for catcher, said in broken.items():
        _print(f"\n{catcher} fails without any bug:\n{said}")
    if as_json:
        bugs = [trial.as_json() | {"baseline": trial.caught_by not in broken} for trial in trials]
        _print(json.dumps({"caught": caught, "planted": len(trials), "bugs": bugs}, indent=2), sys.stdout)
    _print(f"{caught} of {len(trials)} caught")
    if broken or any(trial.outcome is Outcome.BROKEN for trial in trials):
        return WRONG
    return 0 if caught == len(trials) else MISSED


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """The first signal ends the trials. A second one must not end the removal of their trees and programs."""
    for signal_number in _SIGNALS:
        signal.signal(signal_number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _print(line: str, to: TextIO | None = None) -> None:
    to = to or sys.stderr
    to.write(f"{line}\n")
    to.flush()


if __name__ == "__main__":
    # A shell ignores the first one for what it runs in the background.
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    sys.exit(main())
