"""`nightshift night`: a machine that keeps nothing works off what is to do, and ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.tasks import State
from tests.stories.command_line import ENOUGH, nightshift, settings_of
from tests.stories.world import World, writes
from tests.typed import typed


def a_night(world: World, folder: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    """With a data folder that was never used."""
    folder.mkdir()
    environment = {**settings_of(world), "DATA_DIR": str(folder / "data"), "TOOLS": "none"}
    answer = nightshift("night", *arguments, "--json", cwd=folder, environment=environment)
    assert answer.code == code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_a_night_ends_when_nothing_is_left_and_the_next_one_does_nothing_twice(world: World, tmp_path: Path) -> None:
    """Each begins with an empty data folder: what the first one did, the second one reads from GitHub."""
    issue = world.label_issue(sessions=[writes("one.txt", "1")])

    first = a_night(world, tmp_path / "first", "--until-idle", "--max-minutes", "30")

    (pull,) = world.pull_requests()
    assert (first["ended"], first["restored"], first["waiting"], first["unsent"]) == ("idle", 0, 0, 0)
    assert [(row["issue"], row["state"], row["pull_request"]) for row in first["tasks"]] == [
        (issue.number, State.IN_REVIEW, pull.number)
    ]
    assert "auto:review" in world.labels(issue)
    said, sessions = world.bot_comments(issue), len(world.model.requests)

    second = a_night(world, tmp_path / "second", "--until-idle")

    assert (second["ended"], second["restored"], second["tasks"]) == ("idle", 1, [])
    assert [each.number for each in world.pull_requests()] == [pull.number]
    assert (world.bot_comments(issue), len(world.model.requests)) == (said, sessions)


def test_a_night_starts_nothing_once_its_time_is_over(world: World, tmp_path: Path) -> None:
    world.label_issue(sessions=[writes("one.txt", "1")])

    night = a_night(world, tmp_path / "night", "--until-idle", "--max-minutes", "0.0001")

    assert (night["ended"], night["tasks"]) == ("time", [])
    assert not world.model.requests
    assert not world.pull_requests()


def test_a_night_that_github_does_not_let_in_is_a_failure(world: World, tmp_path: Path) -> None:
    environment = {**settings_of(world), "DATA_DIR": str(tmp_path / "new"), "GITHUB_TOKEN": "ghp_revoked"}

    answer = nightshift("night", "--until-idle", cwd=tmp_path, environment=environment)

    assert (answer.code, answer.out) == (1, "")
    assert "nothing was started" in answer.err


@pytest.mark.parametrize(
    ("arguments", "token", "says"),
    [
        ((), "ghp_x", "which say when the night ends"),
        (("--max-minutes", "0"), "ghp_x", "--max-minutes"),
        (("--until-idle",), "ghs_x", "its pull requests would have no CI"),
    ],
)
def test_what_a_night_does_not_start_with(tmp_path: Path, arguments: tuple[str, ...], token: str, says: str) -> None:
    nowhere = {"GITHUB_API_URL": "http://127.0.0.1:9", "ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}
    answer = typed("night", *arguments, cwd=tmp_path, environment={**ENOUGH, **nowhere, "GITHUB_TOKEN": token})

    assert (answer.code, answer.out) == (2, "")
    assert says in answer.err
    assert not list(tmp_path.iterdir())
