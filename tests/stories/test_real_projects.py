"""Real projects, with no settings of Nightshift in them: what the verdict says of three changes of each is right.

They come from their registries by name and hash, and are set up from there.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import bot
from bot.adapters.store import Store
from bot.core.checks import CheckStanding
from bot.core.messages.verdict import verdict_section
from bot.core.public_verdict import make_public
from bot.core.tasks import State
from tests.adapters.cells import bubblewrap
from tests.adapters.real_registries import real
from tests.git_host import run_git
from tests.stories.real_projects import (
    CHANGES,
    Judge,
    NotFetchedError,
    Project,
    fetch,
    make_repository,
    read_projects,
    unpack,
)
from tests.stories.world import REPOSITORY, a_world, bash, finish, text_of

pytestmark = pytest.mark.needs("bwrap")

PROJECTS = read_projects()
OWN = ("README.md", "clock.py")
"""What the repository of a world begins with."""


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield Judge(sandbox=bubblewrap(), outside=real(tmp_path), store=store, folder=tmp_path)


_FETCHED: dict[str, dict[str, bytes]] = {}


def fetched(project: Project, folder: Path, config: pytest.Config) -> dict[str, bytes]:
    """Its files, fetched once. Without the network it is skipped as without a tool."""
    try:
        return _FETCHED.get(project.name) or _FETCHED.setdefault(project.name, fetch(project, folder))
    except NotFetchedError as trouble:
        say = pytest.fail if config.getoption("--all-tools") else pytest.skip
        say(f"needs the network: {trouble}")


def unplaced(command: str) -> str:
    """Without the folder of the host's Python that makes the environment: the newest that fits."""
    return re.sub(r"^/\S+/python3(?= -m venv )", "python3", command)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: str(project.name))
def test_the_verdict_is_right(project: Project, judge: Judge, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """A correct change is verified by its new test, one that breaks a test names it, and a test that passes on the old
    code too is said to prove nothing. The set-up runs once for all three."""
    files = fetched(project, tmp_path / "archive", pytestconfig)
    assert ".github/nightshift.yml" not in files
    bare, heads = make_repository(tmp_path / "repositories", project, files)
    repository = f"octo/{project.name}"

    judged = {change: judge.judge(bare, repository, heads[change], change) for change in CHANGES}

    for environment, verdict in judged.values():
        assert environment.failure is None, environment.failure
        assert [unplaced(step.command.text) for step in environment.steps] == list(project.set_up)
        assert environment.refused_hosts == verdict.refused_hosts == ()
        assert [check.command for check in verdict.checks] == list(project.checks)
        assert all(check.before.passed for check in verdict.checks)
        assert len(verdict.checks[0].before.tests or {}) == project.tests
    assert [change for change in CHANGES if (tmp_path / change / "set-up").exists()] == ["correct"]

    _, correct = judged["correct"]
    (check,) = correct.checks
    assert (correct.standing, check.after.passed) == (CheckStanding.VERIFIED, True)
    assert (check.new_tests, check.removed_tests) == ((project.adds,) if project.adds else (), ())
    assert (check.newly_failing, check.flaky, check.proves_nothing) == (False, (), ())
    assert verdict_section(make_public(correct, str), repository).startswith("**Verified**")

    _, breaking = judged["breaking"]
    (check,) = breaking.newly_failing
    assert (check.newly_failing_tests, check.flaky) == (project.breaks, ())
    assert breaking.standing is not CheckStanding.VERIFIED

    _, claiming = judged["claiming"]
    (check,) = claiming.checks
    assert (check.after.passed, check.newly_failing) == (True, False)
    assert check.proves_nothing == (project.claims,)
    assert "that they prove nothing" in verdict_section(make_public(claiming, str), repository)


def test_a_whole_attempt_on_a_real_project(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """Set up, run by the session, checked test by test, and verified in the pull request: without any settings."""
    project = next(each for each in PROJECTS if each.name == "concat-map")
    files = fetched(project, tmp_path / "archive", pytestconfig)
    with a_world(tmp_path, SANDBOX="required") as world:
        world.github.push_commit(REPOSITORY, "main", {**dict.fromkeys(OWN), **files}, by="ada")
        patch = project.patch("correct").read_text(encoding="utf-8")
        work = f"git apply <<'END'\n{patch}END\n"
        turns = [bash(work), bash("npm test"), bash("git add -A && git commit -qm 'Pass the array'"), finish()]
        issue = world.label_issue("Pass the array itself", sessions=[turns])

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW, world.status(issue)
        (pull,) = world.pull_requests()
        assert not pull.draft
        said = text_of(pull).split("\n\n")[1]
        assert said.startswith("**Verified**: `npm run test` passes, as before (5 tests)")
        assert "- New (1): `the array itself`" in text_of(pull)
        assert set(world.files(issue)) == set(files)
        world.check()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: str(project.name))
def test_try_verifies_a_real_project_from_an_empty_home(
    project: Project, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """What a maintainer types first: on each of them, with nothing but PATH and an empty HOME."""
    files = fetched(project, tmp_path / "archive", pytestconfig)
    bare, _ = make_repository(tmp_path / "repositories", project, files)
    run_git("clone", "-q", "--branch", "main", str(bare), str(tmp_path / "clone"))
    (tmp_path / "home").mkdir()
    nothing = {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-m", "bot", "try", "clone", "--json"],
        cwd=tmp_path,
        env={**nothing, "PYTHONPATH": str(Path(bot.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    tried = json.loads(done.stdout)
    assert tried["conclusion"] == "verified: a change to this repository can be verified"
    assert tuple(unplaced(each["text"]) for each in tried["set_up"]["commands"]) == project.set_up
    assert (tried["set_up"]["refused"], tried["refused"]) == ([], [])
    assert sum(tried["checks"][0]["tests"].values()) == project.tests


def test_another_archive_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the archive has the SHA-256 \w{64} instead of 028ff3aa"):
        unpack(b"another archive", PROJECTS[0].sha256)
