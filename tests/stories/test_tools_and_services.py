"""A repository's services run for its session and its checks, and versions that are not installed are named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.installed import ToolSelection
from bot.core.tasks import State
from bot.core.tool_versions import MissingTool, Tool
from bot.steps.host_tools import explain_missing, mirror_of, report_host
from bot.wiring import Services
from tests.adapters.tool_homes import a_home, program
from tests.stories.world import REPOSITORY, World, a_world, bash, finish, text_of, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made
        made.check()


@pytest.mark.needs("bwrap")
@pytest.mark.needs("redis-server")
def test_a_service_runs_beside_the_session_and_beside_each_check(tmp_path: Path) -> None:
    """All commands of a session find what the others left; the checks of each commit begin with fresh data."""
    settings = (
        "services: [redis]\nverify:\n  - redis-cli -u $REDIS_URL incr n | grep -x 1\n  - redis-cli incr n | grep -x 2\n"
    )
    with a_world(tmp_path, SANDBOX="required") as world:
        world.github.push_commit(REPOSITORY, "main", {".github/nightshift.yml": settings}, by="ada")
        turns = [
            bash("redis-cli -u $REDIS_URL incr n"),
            bash("redis-cli incr n > counted.txt && git add counted.txt && git commit -qm 'Count'"),
            finish(),
        ]
        issue = world.label_issue("Count", sessions=[turns])

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW, world.status(issue)
        assert world.files(issue)["counted.txt"] == b"2\n"
        (pull,) = world.pull_requests()
        assert "2 of 2" in text_of(pull)
        world.check()


def test_a_version_that_is_not_installed_is_named(world: World) -> None:
    """The work goes on with what is here; the reviewer and the operator learn of it, and where it was asked for."""
    files = {".python-version": "2.99\n", ".github/nightshift.yml": "verify: ['true']\n"}
    world.github.push_commit(REPOSITORY, "main", files, by="ada")
    issue = world.label_issue(sessions=[writes("a.txt", "1")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert "asks for python 2.99, which is not installed here" in text_of(pull)
    assert "**Missing on the host**: python 2.99 (.python-version) is not installed here" in world.status(issue)
    report = report_host(world.services.tools, mirror_of(world.services.settings, REPOSITORY), "main")
    assert report is not None
    assert [line.partition(" (there")[0] for line in report.missing] == [
        "python 2.99 (`.python-version`) is not installed here"
    ]


def test_doctor_names_what_a_repository_lacks(world: World) -> None:
    """Once its mirror is here. A repository whose tools are all here is listed with them."""
    mirror = mirror_of(world.services.settings, REPOSITORY)
    assert report_host(world.services.tools, mirror, "main") is None

    files = {".tool-versions": "python 3\nelixir 0.1\n"}
    world.github.push_commit(REPOSITORY, "main", files, by="ada")
    world.label_issue(sessions=[writes("a.txt", "1")])
    world.run_until_idle()

    report = report_host(world.services.tools, mirror, "main")
    assert report is not None
    assert (report.here, report.fix) == (("python 3",), "install them, or name their folder in TOOLS")
    assert report.missing == ("elixir 0.1 (`.tool-versions`) is not installed here",)


def test_a_service_that_cannot_run_keeps_checks_from_running(world: World) -> None:
    """Without cells, and where it is not installed: no check is counted as one that passes, or that fails."""
    files = {".github/nightshift.yml": "services: [redis]\nverify: ['true']\n"}
    world.github.push_commit(REPOSITORY, "main", files, by="ada")
    issue = world.label_issue(sessions=[writes("a.txt", "1")])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    (pull,) = world.pull_requests()
    assert "1 of 1 pass" not in text_of(pull)
    assert "`services:`" in text_of(pull) or "services:" in text_of(pull)


@pytest.mark.needs("bwrap")
def test_a_session_and_its_checks_use_the_operators_tools(tmp_path: Path) -> None:
    """Those of HOME, which no cell sees otherwise, and in the version that the repository names."""
    with a_home() as home, a_world(tmp_path, SANDBOX="required") as world:
        program(home / ".cargo/bin/cargo", "cargo of the operator")
        program(home / ".nvm/versions/node/v98.1.0/bin/node", "v98.1.0")
        program(home / ".nvm/versions/node/v99.1.0/bin/node", "v99.1.0")
        settings, variables = world.services.settings.model_copy(update={"tools": None}), {"PATH": "/usr/bin:/bin"}
        world.services = Services(settings, world.services.claude, environment={**variables, "HOME": str(home)})
        files = {
            ".nvmrc": "98\n",
            ".github/nightshift.yml": "verify:\n  - cargo | grep operator\n  - node | grep -x v98.1.0\n",
        }
        world.github.push_commit(REPOSITORY, "main", files, by="ada")
        turns = [bash("cargo > said.txt && node >> said.txt && git add said.txt && git commit -qm 'Say'"), finish()]
        issue = world.label_issue("Say", sessions=[turns])

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW, world.status(issue)
        assert world.files(issue)["said.txt"] == b"cargo of the operator\nv98.1.0\n"
        (pull,) = world.pull_requests()
        assert "2 of 2" in text_of(pull)
        world.check()


def test_an_obstacle_names_the_version_that_was_asked_for() -> None:
    """Where its tool was not found at all: another version of it may have been what ran."""
    go = MissingTool(tool=Tool(name="go", version=">=1.22", origin="go.mod"))
    node = MissingTool(tool=Tool(name="node", version="99", origin=".nvmrc"), others=("20.1.0",))
    selection = ToolSelection(missing=(go, node))

    assert explain_missing("go: command not found", selection) == (
        "go: command not found; go >=1.22 (`go.mod`) is not installed here"
    )
    for other in ("", "cargo: command not found", "node: command not found", "its time was up"):
        assert explain_missing(other, selection) == other
