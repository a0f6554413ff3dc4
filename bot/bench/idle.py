"""What the worker takes of a core while nothing happens: a real process beside a GitHub that stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bot.adapters.settings import read_settings
from bot.bench.resources import watched
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Priority, Snapshot
from bot.rehearsal.github.server import SimulatedGitHub
from bot.wiring import Services, utc_now

_REPOSITORY = "octo/clock"
_TOKEN = "ghp_bench"  # noqa: S105 - of the simulated GitHub
_BOT = "nightshift-bot"
_PASS = 65.0  # seconds: a periodic pass begins in it
_QUIET = 4  # requests of a pass that finds nothing new
_PATIENCE = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """`cpu_percent`: of one core, over `seconds`, the periodic pass of each minute with it; `requests`: those of it."""

    waiting: int
    seconds: float
    cpu_percent: float
    requests: int

    def as_json(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


def idle_figures(waiting: int, seconds: float) -> Idle:
    """`waiting`: tasks that wait for an issue which stays open."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name, _github(Path(name), waiting) as github:
        environment = _settings(github, Path(name))
        _enqueue_all(environment, Path(name), waiting)
        with _worker(environment, Path(name)) as worker:
            _wait_until_settled(github, worker)
            before = len(github.exchanges)
            with watched(worker.pid) as used:
                time.sleep(seconds)
            asked = len(github.exchanges) - before
    percent = round(100 * used.cpu_seconds / used.seconds, 2)
    return Idle(waiting=waiting, seconds=round(used.seconds, 1), cpu_percent=percent, requests=asked)


def _wait_until_settled(github: SimulatedGitHub, worker: subprocess.Popen[bytes]) -> None:
    """The first passes take in what is there."""
    end, asked = time.monotonic() + _PATIENCE, 0
    while time.monotonic() < end and not 0 < asked <= _QUIET:
        if worker.poll() is not None:
            raise RuntimeError(f"the worker ended with {worker.returncode}")
        before = len(github.exchanges)
        time.sleep(_PASS)
        asked = len(github.exchanges) - before


@contextmanager
def _worker(environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    command = [sys.executable, "-m", "bot", "worker"]
    process = subprocess.Popen(command, env=kept | environment, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _github(folder: Path, waiting: int) -> Iterator[SimulatedGitHub]:
    (folder / "github").mkdir()
    with SimulatedGitHub(folder / "github", clock=lambda: utc_now() - timedelta(days=1)) as github:
        for login in ("ada", _BOT):
            github.add_user(login)
        github.add_repository(_REPOSITORY)
        github.set_role(_REPOSITORY, "ada", "maintain")
        github.set_role(_REPOSITORY, _BOT, "write")
        github.add_token(_BOT, value=_TOKEN)
        github.open_issue(_REPOSITORY, title="By hand", body="", author="ada", labels=())
        for number in range(waiting):
            labels = ("auto", "auto:waiting")
            github.open_issue(_REPOSITORY, title=f"Issue {number}", body="blocked by #1", author="ada", labels=labels)
        yield github


def _settings(github: SimulatedGitHub, folder: Path) -> dict[str, str]:
    return {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_TOKEN": _TOKEN,
        "REPOSITORIES": _REPOSITORY,
        "ANTHROPIC_API_KEY": "sk-bench",
        "DATA_DIR": str(folder / "data"),
        "SANDBOX": "off",
    }


def _enqueue_all(environment: dict[str, str], folder: Path, waiting: int) -> None:
    services = Services(read_settings(environment, folder / ".env"))
    blocker = Blocker(issue=IssueRef(_REPOSITORY, 1), met=False)
    with services.store.transaction() as ledger:
        for number in range(2, waiting + 2):
            snapshot = Snapshot(title=f"Issue {number - 2}", body="blocked by #1")
            ref = IssueRef(_REPOSITORY, number)
            ledger.tasks.enqueue(ref, snapshot=snapshot, blockers=[blocker], priority=Priority.NORMAL, now=utc_now())
    services.store.close()
