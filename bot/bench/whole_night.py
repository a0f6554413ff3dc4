"""A night of many scripted tasks over many repositories: the real bot, and Claude Code with a model that answers at
once. Beside it is Claude's own share of the time, which no bot can save."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.bench.resources import watched
from bot.rehearsal.environment import PARENT, Environment
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.result import NightResult
from bot.rehearsal.run_night import run_night
from bot.rehearsal.scenario import Scenario
from bot.rehearsal.script import Script, SessionedModel

_LIMIT = 30.0  # seconds for each task, after which the night has failed
_A_DAY = 100_000  # tasks, of the estimate
_BLOCK = 512  # bytes, in which the system counts what a file takes
_HOUR, _DAY = 3600.0, 86_400.0
_PEOPLE_WAIT = 5000  # requests an hour: GitHub's limit for one token


@dataclass(frozen=True, slots=True, kw_only=True)
class NightFigures:
    """`claude_share`: of the time of all attempts; the sessions run beside each other. Memory is that of the bot with
    all its cells, disk that of its data folder."""

    tasks: int
    repositories: int
    at_once: int
    seconds: float
    attempt_seconds: float
    claude_share: float
    requests: float
    memory_mb: float
    disk_mb: float
    cpu_seconds: float
    load: float
    unexpected: tuple[str, ...]

    @property
    def an_hour(self) -> float:
        return _HOUR * self.tasks / self.seconds

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"tasks_an_hour": round(self.an_hour, 1), "estimate": list(self._estimate())}

    def bars(self) -> dict[str, float]:
        claudes = self.attempt_seconds * self.claude_share
        return {"Claude Code": claudes, "beyond it": self.attempt_seconds - claudes}

    def lines(self) -> Iterator[str]:
        yield f"{self.tasks} tasks of {self.repositories} repositories, {self.at_once} at a time; load {self.load:.1f}"
        yield f"{self.seconds:8.0f} s in all: {self.an_hour:.0f} tasks an hour"
        yield f"{self.attempt_seconds:8.2f} s for each attempt, {self.claude_share:.0%} of it Claude Code's own"
        yield f"{self.cpu_seconds:8.2f} s of a processor for each task, Claude Code's with it"
        yield f"{self.requests:8.1f} requests to GitHub for each task"
        yield f"{self.memory_mb:8.0f} MB of memory at most, {self.disk_mb:.0f} MB of disk at the end"
        yield from self._estimate()
        yield from self.unexpected

    def _estimate(self) -> Iterator[str]:
        """What so many tasks a day would take, if nothing but the number grew. Model and tests add to the sessions."""
        cores = self.cpu_seconds * _A_DAY / _DAY
        tokens = self.requests * _A_DAY / 24 / _PEOPLE_WAIT
        yield f"{_A_DAY:,} tasks a day would keep {cores:.1f} cores busy, beside what models and tests take"
        yield f"and use the hourly limits of {tokens:.0f} tokens of {_PEOPLE_WAIT:,} requests"


def night_figures(tasks: int, repositories: int, at_once: int) -> NightFigures:
    script = Script()
    with (
        tempfile.TemporaryDirectory(prefix="nightshift-bench-", dir=PARENT) as name,
        SimulatedGitHub(Path(name) / "github") as github,
        SessionedModel(script.answer) as model,
    ):
        environment = Environment(
            folder=Path(name), github=github, model_url=model.url, script=script, say=lambda _line: None
        )
        with watched(os.getpid(), itself=False) as used:
            night = run_night(scenario(tasks, repositories, at_once), environment)
        return _figures(
            night,
            repositories,
            at_once,
            cpu_seconds=used.cpu_seconds,
            memory_mb=max(used.memory) / 1e6,
            disk_mb=sum(each.stat().st_blocks * _BLOCK for each in environment.data.rglob("*") if each.is_file()) / 1e6,
        )


def _figures(
    night: NightResult, repositories: int, at_once: int, *, cpu_seconds: float, memory_mb: float, disk_mb: float
) -> NightFigures:
    count = len(night.tasks)
    attempts = sum(each.seconds for each in night.tasks)
    return NightFigures(
        tasks=count,
        repositories=repositories,
        at_once=at_once,
        seconds=round(night.seconds, 1),
        attempt_seconds=round(attempts / count, 3),
        claude_share=round(1 - sum(each.overhead_seconds for each in night.tasks) / attempts, 3),
        requests=round(night.requests / count, 1),
        memory_mb=round(memory_mb, 1),
        disk_mb=round(disk_mb, 1),
        cpu_seconds=round(cpu_seconds / count, 2),
        load=round(os.getloadavg()[0], 1),
        unexpected=night.unexpected,
    )


def scenario(tasks: int, repositories: int, at_once: int) -> Scenario:
    """Each task writes one file and commits it; one check runs on it."""
    names = [f"octo/clock-{number}" for number in range(repositories)]
    return Scenario.model_validate(
        {
            "name": "benchmark",
            "seconds": 60 + _LIMIT * tasks,
            "settings": {
                "WORKERS": at_once,
                "GITHUB_RATE_LIMITS": "off",
                "MAX_OPEN_PULL_REQUESTS": tasks,
                "POLL_SECONDS": 60,
            },
            "people": [{"login": "ada", "roles": dict.fromkeys(names, "maintain")}],
            "repositories": [{"name": name, "files": _FILES} for name in names],
            "issues": [_issue(number, names[number % repositories]) for number in range(tasks)],
        }
    )


_FILES = {
    "README.md": "# clock\n",
    "checks/present.sh": "test -s README.md\n",
    ".github/nightshift.yml": "verify: [sh checks/present.sh]\nmax_open_pull_requests: 1000\n",
}


def _issue(number: int, repository: str) -> dict[str, object]:
    name = f"work/{number}.txt"
    command = f"mkdir -p work && echo done > {name} && git add {name} && git commit -qm 'Write {name}'"
    turns = [
        {"tools": [{"Bash": {"command": command, "description": "write the file"}}]},
        {"finish": {"status": "complete", "summary": f"Wrote {name}."}},
    ]
    title = f"Write {name}"
    body = f"`{name}` shall exist.\n\n- [ ] it holds the word done\n"
    return {
        "key": f"work-{number}",
        "repository": repository,
        "title": title,
        "body": body,
        "author": "ada",
        "attempts": [turns],
    }
