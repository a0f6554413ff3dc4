"""People sign in with an App as on GitHub: the state comes back, a code is good once, errors are answered with 200."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.oauth_pages import ACCESS_TOKEN
from bot.rehearsal.github.server import SimulatedGitHub
from tests.rehearsal.signing_in import CALLBACK, ask, exchange, press, sign_in


class Clock:
    now = datetime(2026, 5, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(tmp_path: Path, clock: Clock) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path, clock=clock) as github:
        github.add_repository("octo/tools", files={"a": "a"})
        for login in ("ada", "eve"):
            github.add_user(login)
        github.set_role("octo/tools", "ada", "write")
        github.sign_in("ada")
        yield github
        assert github.violations == ()


@pytest.fixture
def app(github: SimulatedGitHub, app_key: str) -> App:
    github.add_app(7, slug="nightshift", key=app_key, callback_urls=(CALLBACK,))
    github.install_app(7, ("octo/tools",))
    return github.world.apps[7]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_a_person_signs_in(github: SimulatedGitHub, session: requests.Session, app: App) -> None:
    """The first time by a button, later at once; the state comes back."""
    page = ask(github, session, app)
    first = press(github, session, app)
    later = ask(github, session, app)

    assert "Authorize nightshift" in page.text
    assert (first.url, first.query["state"]) == (CALLBACK, "s")
    assert later.status_code == 302
    token = exchange(github, session, app, first.code)
    assert token["access_token"].startswith("ghu_")
    shown = session.get(f"{github.api_url}/user", headers={"Authorization": f"token {token['access_token']}"})
    assert shown.json()["login"] == "ada"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"code": "guess"}, "bad_verification_code"),
        ({"code_verifier": "w" * 43}, "bad_verification_code"),
        ({"code_verifier": ""}, "bad_verification_code"),
        ({"redirect_uri": "https://night.example/elsewhere"}, "redirect_uri_mismatch"),
        ({"client_secret": "guess"}, "incorrect_client_credentials"),
        ({"client_secret": ""}, "incorrect_client_credentials"),
    ],
)
def test_a_wrong_exchange_is_an_error_with_200(
    github: SimulatedGitHub, session: requests.Session, app: App, change: dict[str, str], error: str
) -> None:
    code = press(github, session, app).code

    answer = exchange(github, session, app, **{"code": code} | change)

    assert answer["error"] == error
    assert "access_token" not in answer


def test_a_code_is_good_once_and_for_ten_minutes(
    github: SimulatedGitHub, session: requests.Session, app: App, clock: Clock
) -> None:
    used, old = press(github, session, app).code, press(github, session, app).code
    exchange(github, session, app, used)
    again = exchange(github, session, app, used)
    clock.now += timedelta(minutes=10)

    assert again["error"] == exchange(github, session, app, old)["error"] == "bad_verification_code"


def test_the_way_back_without_a_code(github: SimulatedGitHub, session: requests.Session, app: App) -> None:
    """To another address than a registered one nothing is sent."""
    denied = press(github, session, app, "cancel")
    elsewhere = press(github, session, app, redirect_uri="https://night.example/sign-in/back/")

    assert (denied.url, denied.query["error"], denied.query["state"]) == (CALLBACK, "access_denied", "s")
    assert (elsewhere.url, elsewhere.query["error"]) == (CALLBACK, "redirect_uri_mismatch")
    assert "code" not in denied.query | elsewhere.query


@pytest.mark.parametrize(
    ("change", "status"), [({"client_id": "Iv23999"}, 404), ({"code_challenge_method": "plain"}, 422)]
)
def test_what_github_shows_no_page_for(
    github: SimulatedGitHub, session: requests.Session, app: App, change: dict[str, str], status: int
) -> None:
    assert ask(github, session, app, **change).status_code == status


def test_a_stranger_to_github_is_asked_to_sign_in(github: SimulatedGitHub, session: requests.Session, app: App) -> None:
    github.sign_in(None)

    assert ask(github, session, app).status_code == 403


def test_without_accept_the_answer_is_no_json(github: SimulatedGitHub, session: requests.Session, app: App) -> None:
    answer = session.post(f"{github.web_url}{ACCESS_TOKEN}", data={"client_id": app.client_id})

    assert answer.status_code == 200
    assert answer.text.startswith("error=incorrect_client_credentials&")


def test_an_app_ends_the_token_that_it_was_given(github: SimulatedGitHub, session: requests.Session, app: App) -> None:
    """It shows its client secret; a token of another kind is not its to end."""
    token, other = sign_in(github, session, app, "ada"), github.add_token("eve").value
    url = f"{github.api_url}/applications/{app.client_id}/token"
    client = (app.client_id, app.client_secret)

    def end(token: str, auth: tuple[str, str] | None) -> int:
        return session.delete(url, json={"access_token": token}, auth=auth).status_code

    assert end(token, None) == 404
    assert end(token, (app.client_id, "guess")) == 401
    assert end(other, client) == 422
    assert end(token, client) == 204
    shown = session.get(f"{github.api_url}/user", headers={"Authorization": f"token {token}"})
    assert shown.status_code == 401


def test_only_who_was_given_a_role_is_a_collaborator(
    github: SimulatedGitHub, session: requests.Session, app: App
) -> None:
    """Anybody may read what is public, which makes no collaborator."""
    token = github.add_token("ada").value
    url = f"{github.api_url}/repos/octo/tools/collaborators"

    found = {
        login: session.get(f"{url}/{login}", headers={"Authorization": f"token {token}"}).status_code
        for login in ("ada", "octo", "eve", "nobody")
    }

    assert found == {"ada": 204, "octo": 204, "eve": 404, "nobody": 404}
