"""An App's tokens: GitHub does not know a new one everywhere at once, and may revoke an old one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.git import Mirror, NotReached
from bot.adapters.github import AppAccount, GitHub, GitHubFailed
from bot.adapters.own_network import DIRECT
from bot.core.references import IssueRef
from bot.rehearsal.github.faults import Answer
from bot.rehearsal.github.server import SimulatedGitHub
from bot.steps.push_credentials import push_credentials
from bot.wiring import utc_now
from tests.stories.app_keys import a_key
from tests.stories.app_world import an_app_world

HERE = "octo/clock"
ISSUE = IssueRef(HERE, 1)


class Clock:
    """The wall clock of the bot's machine."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github") as github:
        github.add_repository(HERE, files={"README.md": "hello"})
        github.add_user("ada")
        github.open_issue(HERE, title="Tell", author="ada")
        yield github


@pytest.fixture
def account(github: SimulatedGitHub, clock: Clock) -> AppAccount:
    key = a_key()
    github.add_app(7, slug="nightshift", key=key)
    github.install_app(7, (HERE,))
    return AppAccount(7, key, api_url=github.api_url, repositories=(), clock=clock)


def minted(github: SimulatedGitHub) -> int:
    return len([each for each in github.exchanges if each.path.endswith("/access_tokens")])


def test_a_revoked_token_is_replaced_at_once(github: SimulatedGitHub, account: AppAccount, clock: Clock) -> None:
    """As after a new installation, or a change of its permissions. Nothing is lost, neither reads nor writes."""
    face = GitHub(account, web_url=github.web_url)
    face.issue(ISSUE)
    for act in (lambda: face.issue(ISSUE), lambda: face.create_comment(ISSUE, "Hello")):
        clock.ahead += 600
        before = minted(github)
        github.expire_installation_tokens()
        act()
        assert minted(github) == before + 1
    assert not face.refused
    assert len(github.comments(HERE, 1)) == 1


def test_a_token_that_is_always_refused_is_replaced_once(
    github: SimulatedGitHub, account: AppAccount, clock: Clock
) -> None:
    face = GitHub(account, web_url=github.web_url)
    face.issue(ISSUE)
    clock.ahead += 120
    github.refuse_new_tokens(3600)
    github.expire_installation_tokens()
    for _ in range(3):
        with pytest.raises(GitHubFailed, match="Bad credentials"):
            face.issue(ISSUE)
        clock.ahead += 120
    assert minted(github) == 2
    assert face.refused


@pytest.mark.parametrize(("status", "still"), [(502, True), (404, False)])
def test_an_error_of_githubs_says_nothing_of_a_refused_token(
    github: SimulatedGitHub, account: AppAccount, clock: Clock, status: int, *, still: bool
) -> None:
    """Only an answer that needs the token shows that it counts again. Else the queue's pause would come and go."""
    face = GitHub(account, web_url=github.web_url)
    face.issue(ISSUE)
    clock.ahead += 120
    github.faults.add([Answer(on=f"GET /repos/{HERE}/issues/1$", status=401, message="Bad credentials", times=2)])
    with pytest.raises(GitHubFailed, match="Bad credentials"):
        face.issue(ISSUE)
    github.faults.add([Answer(on=f"GET /repos/{HERE}/issues/1$", status=status, message="No", times=9)])
    with pytest.raises(GitHubFailed, match="No"):
        face.issue(ISSUE)

    assert face.refused is still


@pytest.mark.parametrize("status", [401, 403])
def test_a_new_token_may_be_refused_for_some_seconds(status: int, github: SimulatedGitHub, account: AppAccount) -> None:
    """That pauses nothing, and the same is asked for again later."""
    github.refuse_new_tokens(3600, status=status)
    face = GitHub(account, web_url=github.web_url)
    for act in (lambda: face.issue(ISSUE), lambda: face.edit_comment(ISSUE, 1, "Hello")):
        with pytest.raises(GitHubFailed) as failed:
            act()
        assert (failed.value.transient, failed.value.status) == (True, status)
    assert not face.refused


@pytest.mark.parametrize("status", [401, 403])
def test_git_waits_for_a_new_token_too(
    status: int, github: SimulatedGitHub, account: AppAccount, clock: Clock, tmp_path: Path
) -> None:
    github.refuse_new_tokens(3600, status=status)
    credentials = push_credentials(account, github.web_url, DIRECT, HERE)
    mirror = Mirror(tmp_path / "mirror.git", f"{github.web_url}/{HERE}.git", credentials)
    github.world.repository(HERE).private = True
    with pytest.raises(NotReached, match="GitHub does not know a token yet"):
        mirror.fetch()

    clock.ahead += 120
    github.refuse_new_tokens(0)
    if status == 401:  # it was revoked: a new one is asked for
        assert mirror.fetch()["main"]


def test_what_came_too_early_is_done_later(tmp_path: Path) -> None:
    """The delivery waits its moment; no task is failed and no queue paused for it."""
    with an_app_world(tmp_path) as world:
        world.github.refuse_new_tokens(1.5, status=403)
        issue = world.label_issue()
        with world.worker():
            world.wait_until(lambda: issue.number in world.tasks())
        assert world.failure(issue) is None
        with world.services.store.read() as ledger:
            assert world.services.queue.pause(ledger, utc_now()) is None
