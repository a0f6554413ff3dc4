"""Both ways to be somebody on GitHub; the token that pushes can do nothing else, and no secret is ever seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.github import AppAccount, GitHub, GitHubFailed
from bot.core.facts import Actor
from bot.core.references import IssueRef
from bot.rehearsal.github.server import SimulatedGitHub
from tests.stories.app_keys import a_key


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as github:
        for name in ("octo/clock", "octo/other"):
            github.add_repository(name, files={"README.md": "hello"})
        yield github
        assert not github.violations
        assert not github.unmodelled


@pytest.fixture
def app(github: SimulatedGitHub) -> AppAccount:
    key = a_key()
    github.add_app(7, slug="nightshift", key=key)
    github.install_app(7, ("octo/clock", "octo/other"))
    return AppAccount(7, key, api_url=github.api_url, repositories=())


def test_an_app_knows_itself_and_where_it_is_installed(app: AppAccount) -> None:
    assert app.me().login == "nightshift[bot]"
    assert app.repositories() == ("octo/clock", "octo/other")


def test_an_app_writes_as_its_user_whose_number_is_not_the_apps(github: SimulatedGitHub, app: AppAccount) -> None:
    """GitHub names the user as the author of what the App writes, and knows its commits by the user's number."""
    user = github.world.account("nightshift[bot]")
    assert user.id not in github.world.apps
    assert app.me() == Actor(login="nightshift[bot]", id=user.id, is_bot=True)

    (issue,) = [github.open_issue("octo/clock", title="Hello", author="octo")]
    face = GitHub(app, web_url=github.web_url)
    face.create_comment(IssueRef("octo/clock", issue.number), "Hello from the App")
    assert [each.author for each in face.comments(IssueRef("octo/clock", issue.number))] == [app.me()]


def test_an_app_that_is_installed_nowhere_knows_itself(github: SimulatedGitHub) -> None:
    """The worker starts, and works once the App is installed."""
    key = a_key()
    github.add_app(9, slug="new", key=key)

    assert AppAccount(9, key, api_url=github.api_url, repositories=()).me().id == github.world.account("new[bot]").id


def test_a_wrong_name_in_the_settings_does_not_hide_who_the_app_is(github: SimulatedGitHub, app: AppAccount) -> None:
    key = a_key()
    github.add_app(9, slug="other", key=key)
    github.install_app(9, ("octo/clock",))

    assert AppAccount(9, key, api_url=github.api_url, repositories=("octo/gone",)).me().login == "other[bot]"


def test_an_app_acts_in_one_repository_with_a_token_for_that_one(github: SimulatedGitHub, app: AppAccount) -> None:
    github.add_user("ada")
    issue = github.open_issue("octo/clock", title="Hello", author="ada")
    face = GitHub(app, web_url=github.web_url)

    face.create_comment(IssueRef("octo/clock", issue.number), "Hello from the App")

    (comment,) = github.comments("octo/clock", issue.number)
    assert comment.author == "nightshift[bot]"
    minted = [token for token in github.world.tokens.values() if token.repositories]
    assert {token.repositories for token in minted} == {("octo/clock",)}


def test_the_token_that_pushes_can_only_push(github: SimulatedGitHub, app: AppAccount) -> None:
    """It goes into git's hands, so it must be worth as little as possible."""
    value = app.push_token("octo/clock")

    token = github.world.tokens[value]
    assert token.repositories == ("octo/clock",)
    assert dict(token.permissions or {}) == {"contents": "write", "metadata": "read"}


def test_a_token_is_minted_once_an_hour(github: SimulatedGitHub, app: AppAccount) -> None:
    face = GitHub(app, web_url=github.web_url)
    for _ in range(3):
        face.repository("octo/clock")

    assert len([each for each in github.exchanges if each.path.endswith("/access_tokens")]) == 1


def test_a_repository_without_the_app_is_gone(app: AppAccount, github: SimulatedGitHub) -> None:
    github.add_repository("octo/private", files={"README.md": "x"}, private=True)
    face = GitHub(app, web_url=github.web_url)

    with pytest.raises(GitHubFailed) as failed:
        face.repository("octo/private")

    assert failed.value.gone


@pytest.mark.parametrize("held", [{}, {"checks": "read"}, {"checks": "write", "actions": "write"}])
def test_an_app_asks_for_what_its_installation_may_do_with_checks(
    github: SimulatedGitHub, held: dict[str, str]
) -> None:
    """GitHub refuses a token with a permission that the installation does not have. Of logs it only reads."""
    key = a_key()
    least = {"metadata": "read", "contents": "write", "issues": "write", "pull_requests": "write"}
    github.add_app(8, slug="other", key=key, permissions=least | held)
    github.install_app(8, ("octo/clock",))
    client = GitHub(AppAccount(8, key, api_url=github.api_url, repositories=()), web_url=github.web_url)

    assert client.ci_results("octo/clock", "main") == []
    (minted,) = [token for token in github.world.tokens.values() if token.installation]
    assert (minted.permissions or {}).keys() - least.keys() == held.keys()
    given = {name: level for name, level in (minted.permissions or {}).items() if name in held}
    assert given == held | ({"actions": "read"} if "actions" in held else {})
    assert client.writes_checks("octo/clock") is (held.get("checks") == "write")
