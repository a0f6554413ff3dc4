"""A repository whose checks run on two commits, as the broker runs them: no session, no GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.ceilings import Ceilings
from bot.adapters.environments import NO_ENVIRONMENT, Environment
from bot.adapters.git import Mirror, Workspace
from bot.adapters.sandbox import NoSandbox
from bot.adapters.store import Store
from bot.core.attempts import Base
from bot.core.checks import Check
from bot.core.references import IssueRef
from bot.core.repository_settings import read_repository_settings
from bot.steps.checks import Checked, Checks
from bot.steps.opening import Preparation
from bot.steps.own_branch import OwnBranch
from bot.steps.run_checks import CheckRunner
from tests.git_host import commit_files, create_repository, run_git

ISSUE = IssueRef("octo/clock", 7)
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
CLOCK = "def noon(day):\n    return day + 12\n"
TESTS = """import socket, unittest
from clock import noon
class Clock(unittest.TestCase):
    def test_a(self): self.assertEqual(noon(0), 12)
    def test_b(self): self.assertEqual(noon(1), 13)
    def test_net(self): socket.create_connection(("127.0.0.1", 9), 1)
"""
"""One of them fails wherever nothing answers on that port."""
UNITTEST = "python3 -m unittest -q"  # what the repository of most stories names under `verify:`
FILES = {"clock.py": CLOCK, "test_clock.py": TESTS}
BROKEN = {"clock.py": CLOCK.replace("12", "13")}


@dataclass(slots=True)
class Repository:
    """A repository whose checks run on a base commit and on a change. `slept`: for how long they paused."""

    store: Store
    folder: Path
    slept: list[float] = field(default_factory=list)
    environment: Environment = NO_ENVIRONMENT
    checks: Checks = field(init=False)

    def __post_init__(self) -> None:
        runs = CheckRunner(sandbox=NoSandbox(), ceilings=Ceilings())
        self.checks = Checks(store=self.store, runs=runs, clock=lambda: NOW, sleep=self.slept.append)

    def check(self, before: Mapping[str, str], change: Mapping[str, str], settings: str = "") -> Check:
        """The one check, after a change of these files. `settings`: the repository's, in YAML."""
        (check,) = self.run(before, change, settings or f"verify: ['{UNITTEST}']").checks
        return check

    def run(self, before: Mapping[str, str], change: Mapping[str, str], settings: str) -> Checked:
        bare = self.folder / "octo/clock.git"
        if not bare.exists():
            create_repository(self.folder, "octo/clock", before)
        base = run_git("rev-parse", "main", cwd=bare)
        head = _change(bare, base, change)
        mirror = Mirror(bare, "https://git.example.org/octo/clock.git")
        with mirror.quarantine(self.folder / "quarantine.git") as quarantine:
            prepared = Preparation(
                mirror=mirror,
                quarantine=quarantine,
                workspace=Workspace(self.folder / "none"),
                branch="auto/1",
                base=Base(branch="main", commit=base),
                files=mirror.files(base),
                held=OwnBranch.begin_anew(base),
                brief="",
                system_prompt="",
                turn_limit=1,
                template=None,
                settings=read_repository_settings(settings.encode()),
                registries=frozenset(),
                environment=self.environment,
            )
            changes = quarantine.changes(base, head)
            place = self.folder / "checks"
            return self.checks.run(ISSUE, prepared, head, place, changes=changes, should_stop=lambda: None)


def _change(bare: Path, base: str, files: Mapping[str, str]) -> str:
    run_git("update-ref", "refs/heads/change", base, cwd=bare)
    return commit_files(bare, "change", files, "Change")
