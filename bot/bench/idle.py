"""What worker and web server take of a core and of memory while nothing happens: real processes beside a GitHub that
stays as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

from bot.adapters.settings import read_settings
from bot.bench.resources import watched
from bot.bench.start import run_once
from bot.bench.web_server import free_port
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
    """`cpu_percent`: of one core, over `seconds`, the periodic pass of each minute with it; `requests`: those of it,
    and `paid` those that count against GitHub's limit. Memory in MB: what several processes share is counted once."""

    repositories: int
    waiting: int
    seconds: float
    cpu_percent: float
    web_cpu_percent: float
    requests: int
    paid: int
    worker_mb: float
    web_mb: float
    cli_mb: float

    @property
    def memory_mb(self) -> float:
        return round(self.worker_mb + self.web_mb + self.cli_mb, 1)

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"memory_mb": self.memory_mb}

    def bars(self) -> dict[str, float]:
        return {"worker": self.worker_mb, "web server": self.web_mb, "nightshift list": self.cli_mb}

    def lines(self) -> Iterator[str]:
        yield (
            f"{self.repositories} repositories, {self.waiting} waiting, over {self.seconds:.0f} s: the worker takes"
            f" {self.cpu_percent:.2f} % of a core, the web server {self.web_cpu_percent:.2f} % (aim: below 0.5 %)"
        )
        yield f"{self.requests} requests, {self.paid} of them paid (aim: none)"
        yield (
            f"worker {self.worker_mb:.0f} MB, web server {self.web_mb:.0f} MB, nightshift list {self.cli_mb:.0f} MB:"
            f" {self.memory_mb:.0f} MB together (aim: below 200 MB)"
        )


def idle_figures(waiting: int, seconds: float, repositories: int = 1) -> Idle:
    """`waiting`: tasks of the first repository that wait for an issue which stays open."""
    with (
        tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name,
        _github(Path(name), waiting, repositories) as github,
    ):
        environment = _settings(github, Path(name), repositories)
        _enqueue_all(environment, Path(name), waiting)
        with _running("web", environment, Path(name)) as web, _running("worker", environment, Path(name)) as worker:
            _wait_until_settled(github, worker, _QUIET * repositories)
            before = len(github.exchanges)
            with watched(worker.pid) as used, watched(web.pid) as used_by_web:
                time.sleep(seconds)
            asked = github.exchanges[before:]
        cli = run_once([sys.executable, "-m", "bot", "list"], Path(name), _keep_paths() | environment, until="")
    return Idle(
        repositories=repositories,
        waiting=waiting,
        seconds=round(used.seconds, 1),
        cpu_percent=round(100 * used.cpu_seconds / used.seconds, 2),
        web_cpu_percent=round(100 * used_by_web.cpu_seconds / used_by_web.seconds, 2),
        requests=len(asked),
        paid=sum(each.status != HTTPStatus.NOT_MODIFIED for each in asked),
        worker_mb=used.megabytes(1.0),
        web_mb=used_by_web.megabytes(1.0),
        cli_mb=cli.peak_mb,
    )


def _wait_until_settled(github: SimulatedGitHub, worker: subprocess.Popen[bytes], quiet: int) -> None:
    """The first passes take in what is there. `quiet`: requests of a minute that finds nothing new."""
    end, asked = time.monotonic() + _PATIENCE, 0
    while time.monotonic() < end and not 0 < asked <= quiet:
        if worker.poll() is not None:
            raise RuntimeError(f"the worker ended with {worker.returncode}")
        before = len(github.exchanges)
        time.sleep(_PASS)
        asked = len(github.exchanges) - before


def _keep_paths() -> dict[str, str]:
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


@contextmanager
def _running(command: str, environment: dict[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    whole = [sys.executable, "-m", "bot", command]
    process = subprocess.Popen(whole, env=_keep_paths() | environment, cwd=folder, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def _github(folder: Path, waiting: int, repositories: int) -> Iterator[SimulatedGitHub]:
    (folder / "github").mkdir()
    with SimulatedGitHub(folder / "github", clock=lambda: utc_now() - timedelta(days=1)) as github:
        for login in ("ada", _BOT):
            github.add_user(login)
        github.add_token(_BOT, value=_TOKEN)
        for repository in _names(repositories):
            github.add_repository(repository)
            github.set_role(repository, "ada", "maintain")
            github.set_role(repository, _BOT, "write")
            github.open_issue(repository, title="By hand", body="", author="ada", labels=())
        for number in range(waiting):
            labels = ("auto", "auto:waiting")
            github.open_issue(_REPOSITORY, title=f"Issue {number}", body="blocked by #1", author="ada", labels=labels)
        yield github


def _names(repositories: int) -> list[str]:
    return [_REPOSITORY, *(f"{_REPOSITORY}-{number}" for number in range(2, repositories + 1))]


def _settings(github: SimulatedGitHub, folder: Path, repositories: int) -> dict[str, str]:
    return {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_TOKEN": _TOKEN,
        "REPOSITORIES": ",".join(_names(repositories)),
        "ANTHROPIC_API_KEY": "sk-bench",
        "DATA_DIR": str(folder / "data"),
        "SANDBOX": "off",
        "WEBHOOK_SECRET": "of-the-benchmark",
        "PORT": str(free_port()),
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
