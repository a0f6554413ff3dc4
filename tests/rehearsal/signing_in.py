"""A person signs in with an App on the simulated GitHub's pages, as a browser and the App's server do it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import requests

from bot.rehearsal.github.app_records import App
from bot.rehearsal.github.oauth_pages import ACCESS_TOKEN, AUTHORIZE, challenge_of
from bot.rehearsal.github.server import SimulatedGitHub
from tests.rehearsal.registering import Sent, sent

CALLBACK = "https://night.example/sign-in/back"
VERIFIER = "v" * 43


def ask(github: SimulatedGitHub, session: requests.Session, app: App, **changes: str | None) -> requests.Response:
    """GitHub's page, or the way back; a change to None leaves that out."""
    return session.get(f"{github.web_url}{AUTHORIZE}?{urlencode(_asked(app, changes))}", allow_redirects=False)


def press(
    github: SimulatedGitHub, session: requests.Session, app: App, answer: str = "authorize", **changes: str | None
) -> Sent:
    form = {**_asked(app, changes), "answer": answer}
    return sent(session.post(f"{github.web_url}{AUTHORIZE}", data=form, allow_redirects=False))


def exchange(github: SimulatedGitHub, session: requests.Session, app: App, code: str, **changes: str) -> Any:
    form = {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        **changes,
    }
    answer = session.post(
        f"{github.web_url}{ACCESS_TOKEN}", data=form, headers={"Accept": "application/json", "Authorization": ""}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def sign_in(github: SimulatedGitHub, session: requests.Session, app: App, person: str) -> str:
    """Returns the token."""
    github.sign_in(person)
    return str(exchange(github, session, app, press(github, session, app).code)["access_token"])


def _asked(app: App, changes: dict[str, str | None]) -> dict[str, str]:
    usual: dict[str, str | None] = {
        "client_id": app.client_id,
        "redirect_uri": CALLBACK,
        "state": "s",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}
