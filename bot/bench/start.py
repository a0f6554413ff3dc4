"""How long a command takes from its start to its end, and what memory that takes, beside Python that does nothing."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.bench import launch
from bot.processes import WORKER_RUNS
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.load import load_factor

_BARE = "python -c ''"
_CLICK = "python -c 'import click'"
_WORKER = "nightshift worker, to its loop"
_REPOSITORY = "octo/clock"
_SECONDS = 120.0
_NOWHERE = "http://127.0.0.1:9/"


@dataclass(frozen=True, slots=True, kw_only=True)
class StartFigure:
    """Medians of wall time and of processor time in seconds, peak memory in MB, and the ratios of wall time."""

    name: str
    seconds: float
    cpu_seconds: float
    peak_mb: float
    over_python: float
    over_click: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    seconds: float
    cpu_seconds: float
    peak_mb: float


def start_figures(rounds: int) -> list[StartFigure]:
    """Each contender so many times, in turns, so that noise is shared."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
        folder = Path(name)
        with SimulatedGitHub(folder / "github") as github:
            settings = _settings(github, folder)
            contenders = {
                _BARE: (sys.executable, "-c", ""),
                _CLICK: (sys.executable, "-c", "import click"),
                "nightshift --help": _nightshift("--help"),
                "nightshift --version": _nightshift("--version"),
                "nightshift list": _nightshift("list"),
                _WORKER: _nightshift("worker"),
            }
            runs: dict[str, list[Run]] = {each: [] for each in contenders}
            for _ in range(rounds):
                for each, command in contenders.items():
                    runs[each].append(run_once(command, folder, settings, until=WORKER_RUNS if each == _WORKER else ""))
    return _figures(runs)


def _figures(runs: Mapping[str, Sequence[Run]]) -> list[StartFigure]:
    seconds = {name: statistics.median(run.seconds for run in found) for name, found in runs.items()}
    return [
        StartFigure(
            name=name,
            seconds=round(seconds[name], 3),
            cpu_seconds=round(statistics.median(run.cpu_seconds for run in found), 3),
            peak_mb=round(max(run.peak_mb for run in found), 1),
            over_python=round(seconds[name] / seconds[_BARE], 1),
            over_click=round(seconds[name] / seconds[_CLICK], 1),
        )
        for name, found in runs.items()
    ]


def _nightshift(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "bot", *arguments)


def _settings(github: SimulatedGitHub, folder: Path) -> dict[str, str]:
    github.add_user("bot")
    github.add_repository(_REPOSITORY)
    github.set_role(_REPOSITORY, "bot", "write")
    return {
        "PATH": os.defpath,
        "GITHUB_API_URL": github.api_url,
        "GITHUB_TOKEN": github.add_token("bot").value,
        "REPOSITORIES": _REPOSITORY,
        "ANTHROPIC_API_KEY": "sk-bench",
        "ANTHROPIC_BASE_URL": _NOWHERE,
        "SANDBOX": "off",
        "DATA_DIR": str(folder / "data"),
    }


def run_once(command: Sequence[str], folder: Path, settings: Mapping[str, str], *, until: str) -> Run:
    """`until`: the line at which the time of a command that does not end by itself is taken; empty for the others."""
    launcher = (sys.executable, "-I", "-S", launch.__file__, until)
    done = subprocess.run(
        [*launcher, *command],
        cwd=folder,
        env=dict(settings),
        capture_output=True,
        text=True,
        timeout=_SECONDS * load_factor(),
        check=True,
    )
    seconds, cpu_seconds, peak_kb, code = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"{' '.join(command)} ended with code {code}: {done.stderr}")
    return Run(seconds=float(seconds), cpu_seconds=float(cpu_seconds), peak_mb=int(peak_kb) / 1024)
