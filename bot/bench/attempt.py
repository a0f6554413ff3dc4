"""Whole attempts on a generated repository: from a label to Claude's first request, and what is added to Claude's time.

The first attempt fetches the repository, beside `git clone --depth 1` from the same server; the others have it. GitHub
and the model are simulated, and the model answers at once. Everything else is real.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from bot.adapters.claude import ClaudeCode, find_claude
from bot.adapters.settings import read_settings
from bot.attempt_services import AttemptServices
from bot.bench.large_repository import fill_repository
from bot.core.references import IssueRef
from bot.core.tasks import FINISHED, Attempt, State
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.load import load_factor
from bot.rehearsal.scenario import Turn
from bot.rehearsal.script import Script, SessionedModel
from bot.steps.stop import StopRequest
from bot.waking import wake_workers
from bot.webhooks import create_app
from bot.wiring import Services
from bot.worker_services import build_worker

_REPOSITORY, _BOT, _SECRET = "octo/clock", "nightshift-bot", "of the webhook"
_TOKEN = "ghp_bench"  # noqa: S105 - of the simulated GitHub
_SMALL = 1000  # files
_PATIENCE = 900.0
_COMMAND = "echo done > work{}.txt && git add . && git commit -qm 'Add work'"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFigures:
    """Seconds. `clone`: of `git clone --depth 1` (median); `fetch`: of the mirror's first fetch and the checkout
    (median); `first_request`: from the label to Claude's first request at first contact; `warm_request`: the same
    later (median); `canary`: of the canary, which had run before. `overhead`: of a warm attempt beyond Claude's own
    time (median), from claim to end. `load`: the machine's average load at the end."""

    files: int
    commits: int
    megabytes: float
    clone: float
    fetch: float
    first_request: float
    warm_request: float
    overhead: float
    canary: float
    load: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def bars(self) -> dict[str, float]:
        return {
            "git clone --depth 1": self.clone,
            "first fetch and checkout": self.fetch,
            "label to first request, first contact": self.first_request,
            "label to first request, warm": self.warm_request,
            "beyond Claude's own time": self.overhead,
        }

    def lines(self) -> Iterator[str]:
        yield f"{self.files:,} files, {self.commits:,} commits, {self.megabytes:,.0f} MB; load {self.load:.1f}"
        yield f"{self.clone:7.2f} s  git clone --depth 1"
        times = self.fetch / self.clone
        yield f"{self.fetch:7.2f} s  first fetch and checkout ({times:.2f} times the clone{_aim(times, 1.5, 'times')})"
        yield f"{self.first_request:7.2f} s  from the label to Claude's first request, at first contact"
        is_small = self.files <= _SMALL
        yield f"{self.warm_request:7.2f} s  the same, warm{_aim(self.warm_request, 2.0 if is_small else 5.0, 's')}"
        aim = _aim(self.overhead, 0.7, "s") if is_small else ""
        yield f"{self.overhead:7.2f} s  of a warm attempt beyond Claude's own time{aim}"
        yield f"{self.canary:7.2f} s  the canary, run ahead of need"


def _aim(measured: float, limit: float, unit: str) -> str:
    """What is aimed at, beside a figure, and whether this run reached it: other load on the machine counts too."""
    return f"; aim: at most {limit:g} {unit}, {'met' if measured <= limit else 'missed'}"


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name for it
        pass


def attempt_figures(files: int, commits: int, rounds: int) -> AttemptFigures:
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-", dir="/var/tmp") as name, ExitStack() as opened:
        place = Path(name)
        github = opened.enter_context(SimulatedGitHub(place / "github"))
        script = Script()
        model = opened.enter_context(SessionedModel(script.answer))
        services = _services(github, model.url, place)
        fill_repository(github.world.folder / f"{_REPOSITORY}.git", files=files, commits=commits)
        clones, fetches = list[float](), list[float]()
        for number in range(3):  # in turns, so that noise is shared
            clones.append(_clone(github, place / f"clone{number}"))
            fetches.append(_first_fetch(services, place / f"fetched{number}"))
        started = time.perf_counter()
        sessions = AttemptServices(services).runner.sessions
        sessions.claude.canary(sessions.expect(place / "canary", place / "data/mirrors", services.tools)[0])
        canary = time.perf_counter() - started
        opened.enter_context(_serve(github, services))
        opened.enter_context(_working(services))
        cold, *warm = [_attempt(github, script, services, number) for number in range(rounds + 1)]
        return AttemptFigures(
            files=files,
            commits=commits,
            megabytes=round(github.world.repository(_REPOSITORY).git.kilobytes() / 1000, 1),
            clone=_median(clones),
            fetch=_median(fetches),
            first_request=round(cold[0], 2),
            warm_request=_median([first for first, _ in warm]),
            overhead=_median([over for _, over in warm]),
            canary=round(canary, 2),
            load=round(os.getloadavg()[0], 1),
        )


def _median(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds), 2)


def _services(github: SimulatedGitHub, model: str, place: Path) -> Services:
    for login in ("ada", _BOT):
        github.add_user(login)
    github.add_repository(_REPOSITORY, files={".github/nightshift.yml": "verify: []\n"})
    github.set_role(_REPOSITORY, "ada", "maintain")
    github.set_role(_REPOSITORY, _BOT, "write")
    github.add_token(_BOT, value=_TOKEN)
    values = {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_TOKEN": _TOKEN,
        "ANTHROPIC_API_KEY": "sk-bench",
        "ANTHROPIC_BASE_URL": model,
        "DATA_DIR": str(place / "data"),
        "REPOSITORIES": _REPOSITORY,
        "WEBHOOK_SECRET": _SECRET,
        "POLL_SECONDS": "3600",
    }
    return Services(read_settings(values, place / ".env"), ClaudeCode(find_claude(None)))


def _clone(github: SimulatedGitHub, target: Path) -> float:
    """With its checkout, as a person makes one."""
    url = f"{github.world.web_url.replace('://', f'://x:{_TOKEN}@')}/{_REPOSITORY}.git"
    started = time.perf_counter()
    command = ["git", "clone", "--quiet", "--depth", "1", url, str(target)]
    subprocess.run(command, check=True, env={"PATH": os.defpath, "GIT_CONFIG_GLOBAL": os.devnull})
    return time.perf_counter() - started


def _first_fetch(services: Services, place: Path) -> float:
    """Into a mirror of the benchmark's, by what an attempt calls."""
    known = services.github.repository(_REPOSITORY)
    preparer = AttemptServices(services).runner.preparer
    mirror = preparer.mirror(_REPOSITORY)
    apart = type(mirror)(place / "mirror.git", mirror.url, preparer.credentials(_REPOSITORY))
    started = time.perf_counter()
    there = apart.fetch(known.default_branch, kilobytes=known.kilobytes)
    apart.open_workspace(place / "checkout", base=there[known.default_branch], branch="auto/1")
    return time.perf_counter() - started


@contextmanager
def _serve(github: SimulatedGitHub, services: Services) -> Iterator[None]:
    app = create_app(services.store, _SECRET, wake=partial(wake_workers, services.store, services.wake_folder))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    github.add_webhook(f"http://127.0.0.1:{server.server_port}/webhook", _SECRET)
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _working(services: Services) -> Iterator[None]:
    stop = StopRequest()
    worker = build_worker(services)
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.asked.set()
        thread.join(_PATIENCE)


def _attempt(github: SimulatedGitHub, script: Script, services: Services, number: int) -> tuple[float, float]:
    """Seconds from the label to Claude's first request, and those of the attempt beyond Claude's own."""
    opened = github.open_issue(_REPOSITORY, title=f"Add work {number}", body="Please.", author="ada")
    issue = IssueRef(_REPOSITORY, opened.number)
    turns = ({"tools": [{"Bash": {"command": _COMMAND.format(number), "description": "work"}}]}, _FINISH)
    script.learn(issue, [[Turn.model_validate(turn) for turn in turns]])
    labelled = datetime.now(UTC)
    github.label_issue(_REPOSITORY, opened.number, "auto", by="ada")
    ended = _wait_for_end(services, issue)
    if ended.finished_at is None or ended.outcome is not State.IN_REVIEW:
        raise RuntimeError(f"{issue} ended as {ended.outcome} {ended.failure}: {ended.summary}")
    whole = (ended.finished_at - ended.started_at).total_seconds()
    return (script.began(issue)[0] - labelled).total_seconds(), whole - ended.claude_seconds


_FINISH = {"finish": {"status": "complete", "summary": "Done.", "questions": []}}


def _wait_for_end(services: Services, issue: IssueRef) -> Attempt:
    until = time.monotonic() + _PATIENCE * load_factor()
    while time.monotonic() < until:
        with services.store.read() as ledger:
            task = ledger.tasks.find(issue)
            if task is not None and task.state in {State.IN_REVIEW, *FINISHED, State.FAILED}:
                return ledger.attempts.of(task.id)[-1]
        time.sleep(0.02)
    raise RuntimeError(f"{issue} did not end")
