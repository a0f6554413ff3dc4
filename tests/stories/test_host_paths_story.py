"""Nothing that is published names a folder of the host: no words of Claude, no check, no commit, no failure."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from tests.stories.world import REPOSITORY, World, a_world, bash, finish, text_of


@pytest.fixture
def data(world: World) -> str:
    return str(world.services.settings.data_dir.absolute())


def published(world: World) -> str:
    """All texts on GitHub that are the bot's: comments, pull requests, the messages of commits."""
    issues = [issue.number for issue in world.github.issues(REPOSITORY)]
    comments = [comment.body for number in issues for comment in world.github.comments(REPOSITORY, number)]
    pulls = [text_of(pull) for pull in world.pull_requests()]
    git = world.github.world.repository(REPOSITORY).git
    return "\n".join([*comments, *pulls, git.read("log", "--all", "--format=%B")])


def test_a_pull_request_and_its_commits_name_no_folder_of_the_host(world: World, data: str) -> None:
    """The session and its check see the workspace under the host's path, and repeat it."""
    world.github.push_commit(
        REPOSITORY, "main", {".github/nightshift.yml": "verify: ['echo at $PWD; ls $PWD/absent']\n"}, by="ada"
    )
    made = bash('echo noon > time.txt && git add -A && git commit -qm "Edit $PWD/time.txt" -m "Under $PWD."')
    said = finish(summary=f"I wrote {data}/attempts/1-1/workspace/time.txt under `{data}/attempts/1-1/workspace`.")
    issue = world.label_issue(sessions=[[made, said]])

    world.run_until_idle()

    assert world.state(issue) is State.IN_REVIEW
    told = published(world)
    assert data not in told
    assert "I wrote time.txt under" in told
    assert "Edit time.txt" in told
    assert "at ." in text_of(world.pull_requests()[0])


def test_a_failure_names_no_folder_of_the_host(world: World, data: str) -> None:
    """Nor does the hidden record."""
    issue = world.label_issue(sessions=[[finish("blocked", f"{data}/mirrors is not mine; {Path.home()}/x neither.")]])

    world.run_until_idle()

    assert world.failure(issue) is FailureKind.TASK_BLOCKED
    told = published(world)
    assert data not in told
    assert f"{Path.home()}/x" not in told
    assert "…/mirrors is not mine" in world.status(issue)


def test_the_folder_behind_a_link_is_hidden_too(tmp_path: Path) -> None:
    """DATA_DIR may be a link to another disk, and programs print where it leads."""
    real = tmp_path / "disk"
    real.mkdir()
    (tmp_path / "linked").symlink_to(real)
    with a_world(tmp_path / "world", DATA_DIR=str(tmp_path / "linked")) as world:
        issue = world.label_issue(sessions=[[finish("blocked", f"{real}/a and {tmp_path}/linked/b are missing.")]])

        world.run_until_idle()

        assert "…/a and …/b are missing" in world.status(issue)
