"""The page on loopback: only who sees the terminal can register an App, and only the answer to its own form counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from bot.init.local_page import CannotRegister, Registration, serve

SECRET = "-----BEGIN RSA PRIVATE KEY-----"


class Codes:
    """What the page hands on."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def register(self, code: str) -> str:
        self.taken.append(code)
        if code == "refused":
            raise CannotRegister("GitHub does not show the App's key: <b>no</b>")
        return "https://github.test/apps/x/installations/new"


@pytest.fixture
def codes() -> Codes:
    return Codes()


@pytest.fixture
def page(codes: Codes) -> Iterator[Registration]:
    registration = Registration(
        name="x", new_app="https://github.test/settings/apps/new", webhook=None, register=codes.register
    )
    with serve(registration):
        yield registration


def get(url: str, **headers: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers=headers, allow_redirects=False, timeout=10)


def registered(page: Registration, **query: str) -> requests.Response:
    return get(f"{page.page}/registered?" + "&".join(f"{key}={value}" for key, value in query.items()))


def test_the_answer_to_the_form_leads_to_the_installation(page: Registration, codes: Codes) -> None:
    answer = registered(page, code="c0de", state=page.state)

    assert (answer.status_code, answer.headers["Location"]) == (302, "https://github.test/apps/x/installations/new")
    assert codes.taken == ["c0de"]


def test_a_page_that_is_loaded_again_registers_no_second_app(page: Registration, codes: Codes) -> None:
    """The terminal waits for the first one, whose key is kept."""
    first = registered(page, code="c0de", state=page.state)
    again = registered(page, code="c0de", state=page.state)
    another = registered(page, code="other", state=page.state)

    assert first.headers["Location"] == again.headers["Location"] == another.headers["Location"]
    assert codes.taken == ["c0de"]


@pytest.mark.parametrize(
    "query", [{"code": "c0de"}, {"code": "c0de", "state": "guess"}, {"code": "c0de", "state": "ü"}]
)
def test_an_answer_to_another_form_registers_nothing(page: Registration, codes: Codes, query: dict[str, str]) -> None:
    """An App of somebody else would receive every task."""
    answer = registered(page, **query)

    assert answer.status_code == 403
    assert codes.taken == []


def test_who_does_not_know_the_address_sees_nothing(page: Registration, codes: Codes) -> None:
    """Another user of the machine can reach the port."""
    parts = urlsplit(page.page)
    origin = f"{parts.scheme}://{parts.netloc}"

    for path in ("/", "/registered", f"{parts.path[:-1]}", f"/x{parts.path}", f"{parts.path}/../"):
        answer = get(f"{origin}{path}")
        assert answer.status_code == 404
        assert page.state not in answer.text


def test_a_name_that_leads_here_is_refused(page: Registration) -> None:
    """A page of the internet whose name was made to point at loopback."""
    answer = get(page.page, Host="rebound.test")

    assert answer.status_code == 400
    assert page.state not in answer.text


def test_the_page_is_not_stored_and_posts_to_github_alone(page: Registration) -> None:
    headers = get(page.page).headers

    assert "form-action https://github.test" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_why_it_cannot_be_registered_is_shown_as_text(page: Registration) -> None:
    answer = registered(page, code="refused", state=page.state)

    assert answer.status_code == 502
    assert "&lt;b&gt;no&lt;/b&gt;" in answer.text


def test_it_notices_when_github_sends_the_browser_back(page: Registration) -> None:
    assert not page.is_installed.is_set()

    assert get(f"{page.page}/installed?installation_id=1").status_code == 200

    assert page.is_installed.is_set()


@pytest.mark.parametrize(
    ("webhook", "callbacks"),
    [(None, None), ("https://night.example/webhook", ["https://night.example/sign-in/back"])],
)
def test_with_a_public_address_people_can_sign_in(webhook: str | None, callbacks: list[str] | None) -> None:
    registration = Registration(name="x", new_app="https://github.test/new", webhook=webhook, register=str)

    assert json.loads(registration.manifest).get("callback_urls") == callbacks
