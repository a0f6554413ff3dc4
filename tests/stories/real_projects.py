"""Real projects with their own tests: fetched from their registry, made into repositories, changed, and judged."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.adapters.ceilings import Ceilings
from bot.adapters.environments import Environment
from bot.adapters.git import Collected, Mirror, Quarantine, Workspace
from bot.adapters.layers import Layers
from bot.adapters.outside import Outside
from bot.adapters.sandbox import Sandbox
from bot.adapters.store import Store
from bot.adapters.tools import Toolbox
from bot.core.attempts import Base
from bot.core.checks import Verdict
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, Task
from bot.steps.base_commit import registries_of, settings_of
from bot.steps.broker import Broker
from bot.steps.checks import Checks
from bot.steps.environment import Environments
from bot.steps.equipment import source_of
from bot.steps.host_tools import tools_for
from bot.steps.opening import Preparation
from bot.steps.own_branch import OwnBranch
from bot.steps.run_checks import CheckRunner
from tests.git_host import create_repository, run_git

FOLDER = Path(__file__).parents[1] / "data/projects"
CHANGES = ("correct", "breaking", "claiming")
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
_PIP = (sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--disable-pip-version-check")
_SECONDS = 120.0


class NotFetchedError(Exception):
    """The registry did not give the archive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`version`, `sha256`: of the archive. `adds`: the new test of the correct change; `breaks`: the tests that the
    breaking one breaks; `claims`: the new test of the claiming one, which passes on the old code too."""

    name: str
    registry: str
    version: str
    sha256: str
    set_up: tuple[str, ...]
    checks: tuple[str, ...]
    tests: int
    adds: str
    breaks: tuple[str, ...]
    claims: str

    def patch(self, change: str) -> Path:
        return FOLDER / self.name / f"{change}.patch"


def read_projects() -> list[Project]:
    tables: dict[str, dict[str, Any]] = tomllib.loads((FOLDER / "projects.toml").read_text(encoding="utf-8"))
    return [Project(name=name, **{key: _tuple(value) for key, value in each.items()}) for name, each in tables.items()]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def fetch(project: Project, folder: Path) -> dict[str, bytes]:
    """The files of its archive, without the folder that all of them are in. Raises NotFetchedError; an archive with
    another hash is refused with a ValueError."""
    folder.mkdir()
    wanted = {
        "pypi": [*_PIP, "--no-binary", project.name, f"{project.name}=={project.version}"],
        "npm": ["npm", "pack", "--silent", f"{project.name}@{project.version}"],
    }[project.registry]
    environment = {**os.environ, "npm_config_fetch_retries": "2"}
    try:
        done = subprocess.run(wanted, cwd=folder, env=environment, capture_output=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as trouble:
        raise NotFetchedError(f"{project.name} {project.version} could not be fetched: {trouble}") from trouble
    archives = list(folder.iterdir())
    if done.returncode or len(archives) != 1:
        said = done.stderr.decode(errors="replace")[-500:].strip()
        raise NotFetchedError(f"{project.name} {project.version} could not be fetched from {project.registry}: {said}")
    return unpack(archives[0].read_bytes(), project.sha256)


def unpack(archive: bytes, sha256: str) -> dict[str, bytes]:
    """Raises ValueError for another archive than the one with this hash."""
    found = hashlib.sha256(archive).hexdigest()
    if found != sha256:
        raise ValueError(f"the archive has the SHA-256 {found} instead of {sha256}")
    files = dict[str, bytes]()
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in members:
            content = members.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name.partition("/")[2]] = content.read()
    return files


def make_repository(folder: Path, project: Project, files: Mapping[str, bytes]) -> tuple[Path, dict[str, str]]:
    """A bare repository with one commit, and one branch for each change; returns it and the commits of the changes."""
    bare = create_repository(folder, f"octo/{project.name}", files)
    heads = dict[str, str]()
    for change in CHANGES:
        work = folder / change
        run_git("clone", "-q", "--branch", "main", str(bare), str(work))
        run_git("apply", "--index", str(project.patch(change)), cwd=work)
        run_git("commit", "-qm", "Change it", cwd=work)
        run_git("push", "-q", "origin", f"HEAD:refs/heads/{change}", cwd=work)
        heads[change] = run_git("rev-parse", "HEAD", cwd=work)
    return bare, heads


@dataclass(slots=True, kw_only=True)
class Judge:
    """Judges changes of one repository as an attempt does, without a session. Each has a separate attempt's folder."""

    sandbox: Sandbox
    outside: Outside
    store: Store
    folder: Path
    slept: list[float] = field(default_factory=list)

    def judge(self, bare: Path, repository: str, head: str, name: str) -> tuple[Environment, Verdict]:
        """The environment and the verdict of a commit. `name`: of the attempt's folder."""
        place = self.folder / name
        place.mkdir()
        mirror = Mirror(bare, f"https://git.example.org/{repository}.git")
        issue = IssueRef(repository, 7)
        with mirror.quarantine(place / "quarantine.git") as quarantine:
            prepared = _prepare(mirror, quarantine, place)
            source = source_of(prepared, repository)
            environment = self._environments().provide(source, place, should_stop=lambda: None)
            prepared = replace(prepared, environment=environment)
            snapshot = Snapshot(title="Change it", body="")
            task = self._task(issue, snapshot)
            collected = Collected(head=head, made=head, commits=1, leftovers=False)
            verdict = self._broker().judge(task, prepared, collected, place / "checks", should_stop=lambda: None)
        return environment, verdict

    def _task(self, issue: IssueRef, snapshot: Snapshot) -> Task:
        with self.store.transaction() as ledger:
            if (known := ledger.tasks.find(issue)) is not None:
                return known
            priority = Priority.NORMAL
            return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=priority, now=NOW)

    def _environments(self) -> Environments:
        return Environments(
            sandbox=self.sandbox,
            ceilings=Ceilings(),
            layers=Layers.of(self.folder / "data"),
            outside=self.outside,
            clock=lambda: datetime.now(UTC),
        )

    def _broker(self) -> Broker:
        runs = CheckRunner(sandbox=self.sandbox, ceilings=Ceilings(), outside=self.outside)
        checks = Checks(store=self.store, runs=runs, clock=lambda: NOW, sleep=self.slept.append)
        return Broker(store=self.store, checks=checks)


def _prepare(mirror: Mirror, quarantine: Quarantine, place: Path) -> Preparation:
    base = run_git("rev-parse", "main", cwd=mirror.folder)
    files = mirror.files(base)
    return Preparation(
        mirror=mirror,
        quarantine=quarantine,
        workspace=Workspace(place / "none"),
        branch="auto/1",
        base=Base(branch="main", commit=base),
        files=files,
        held=OwnBranch.begin_anew(base),
        brief="",
        system_prompt="",
        turn_limit=1,
        template=None,
        settings=settings_of(files),
        registries=registries_of(files),
        tools=tools_for(Toolbox(), files),
    )
