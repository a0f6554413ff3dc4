"""The bot as a GitHub App: its commits and its comments are those of the App's user, and it knows them again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Author
from bot.core.facts import Actor
from bot.core.messages import read_status
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.steps.own_branch import author_of, is_by_bot
from tests.git_host import run_git
from tests.stories.app_world import SLUG, an_app_world
from tests.stories.world import REPOSITORY, World, writes

LOGIN = f"{SLUG}[bot]"
ME = Actor(login=LOGIN, id=41, is_bot=True)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with an_app_world(tmp_path) as made:
        yield made


def addresses(world: World, branch: str) -> set[str]:
    folder = world.github.world.repository(REPOSITORY).git.path
    return set(run_git("log", "--format=%ae%n%ce", f"main..{branch}", cwd=folder).split())


def test_a_task_is_worked_on_as_the_apps_user(world: World) -> None:
    """From the label to the removal of the merged branch: an attempt replaces the commits of the one before, since
    they are its own, and there is one pull request and one status comment."""
    issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "midnight")])
    world.run_until_idle()
    user = world.github.world.account(LOGIN)
    assert addresses(world, branch_of(issue.number)) == {f"{user.id}+{LOGIN}@users.noreply.127.0.0.1"}

    world.comment(issue, "/retry")
    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert world.files(issue)["time.txt"] == b"midnight"
    comments = world.github.comments(REPOSITORY, issue.number)
    assert {each.author for each in comments} == {"ada", LOGIN}
    assert len([each for each in comments if read_status(each.body)]) == 1
    world.github.merge_pull_request(REPOSITORY, pull.number, by="ada")
    world.run_until_idle()
    assert world.state(issue) is State.DONE
    assert branch_of(issue.number) not in world.github.branches(REPOSITORY)


@pytest.mark.parametrize(
    ("name", "email", "is_ours"),
    [
        ("Nightshift", "41+nightshift[bot]@users.noreply.github.com", True),
        ("Nightshift", "41+earlier[bot]@users.noreply.github.com", True),  # the App was renamed
        ("Nightshift", "nightshift@users.noreply.github.com", True),  # of earlier versions
        ("Nightshift", "4+nightshift[bot]@users.noreply.github.com", False),
        ("Nightshift", "7+nightshift[bot]@users.noreply.github.com", False),
        ("Nightshift", "41+nightshift[bot]@users.noreply.github.example", False),
        ("Nightshift", "41@users.noreply.github.com", False),
        ("ada", "41+nightshift[bot]@users.noreply.github.com", False),
        ("ada", "3+ada@users.noreply.github.com", False),
        ("ada", "nightshift@users.noreply.github.com", False),
        ("", "", False),
    ],
)
def test_the_bots_commits_are_known_by_the_number_of_its_account(name: str, email: str, *, is_ours: bool) -> None:
    own = author_of(ME, "https://github.com")
    assert is_by_bot(Author(name=name, email=email), own) is is_ours


def test_the_address_is_that_of_githubs_own_host() -> None:
    own = author_of(ME, "https://git.example.com:8443/")
    assert own.email == "41+nightshift[bot]@users.noreply.git.example.com"
