"""What closes a repository to a good token: single sign-on, an allow list of addresses, a suspended account."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest

from bot.adapters.git import GitCredentials, Mirror
from bot.adapters.git.push_access import check_push
from bot.core.failures import FailureKind, TaskFailed
from bot.core.tasks import State
from bot.rehearsal.github.records import Barrier
from bot.rehearsal.github.server import SimulatedGitHub
from tests.stories.command_line import nightshift
from tests.stories.installation import add_people
from tests.stories.world import BOT, REPOSITORY, World

TOKEN = "ghp_bot"
ORGANIZATION = REPOSITORY.split("/", maxsplit=1)[0]


def put_up(github: SimulatedGitHub, barrier: Barrier) -> None:
    if barrier is Barrier.SUSPENDED:
        github.suspend(BOT)
    else:
        github.close_to_outsiders(ORGANIZATION, barrier)


@pytest.mark.parametrize(
    ("barrier", "words", "fix"),
    [
        (Barrier.SAML, "SAML SSO", "Configure SSO"),
        (Barrier.ALLOW_LIST, "IP allow list", "add this host's address to its IP allow list"),
        (Barrier.SUSPENDED, "account is suspended", "ask GitHub Support"),
    ],
)
def test_it_is_said_in_githubs_words_with_what_helps(tmp_path: Path, barrier: Barrier, words: str, fix: str) -> None:
    """By `doctor`, and by a task that meets it when it fetches or asks whether it may push."""
    with SimulatedGitHub(tmp_path / "github") as github:
        add_people(github, repository=REPOSITORY, bot=BOT)
        github.add_token(BOT, value=TOKEN)
        github.world.repository(REPOSITORY).private = True  # a public one is read without a token
        put_up(github, barrier)
        values = {
            "GITHUB_API_URL": github.api_url,
            "GITHUB_TOKEN": TOKEN,
            "REPOSITORIES": REPOSITORY,
            "ANTHROPIC_API_KEY": "sk-x",
        }
        (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        (tmp_path / ".env").chmod(0o600)

        shown = nightshift("doctor", cwd=tmp_path, environment={})
        url = f"{github.web_url}/{REPOSITORY}.git"
        credentials = GitCredentials(github.web_url, lambda: TOKEN)
        mirror = Mirror(tmp_path / "mirror.git", url, credentials)
        failures = []
        for ask in (lambda: mirror.fetch("main"), lambda: check_push(url, credentials, "auto/1")):
            with pytest.raises(TaskFailed) as failed:
                ask()
            failures.append(failed.value)

    assert shown.code == 1
    assert fix in shown.out
    assert "later" not in shown.out
    assert " clock: GitHub" not in shown.out  # an answer that refuses says the time, too
    assert [failure.kind for failure in failures] == [FailureKind.REPO_MISSING] * 2
    assert all(words in failure.detail for failure in failures)


def test_an_organization_that_opens_again_is_worked_for(world: World) -> None:
    """Nothing is lost that came meanwhile."""
    world.github.close_to_outsiders(ORGANIZATION, Barrier.ALLOW_LIST)
    first = world.open_issue()
    issue = world.open_issue(body=f"blocked by #{first.number}")
    world.label(issue)
    with world.worker():
        world.wait_until(lambda: any(each.status == HTTPStatus.FORBIDDEN for each in world.github.exchanges))
        world.github.close_to_outsiders(ORGANIZATION, None)
        world.wait_until(lambda: world.bot_comments(issue))

    assert world.state(issue) is State.QUEUED
    assert f"waits for [#{first.number}]" in world.status(issue)
