"""An App is made from a manifest and installed on GitHub's own pages, by a person who is signed in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.rehearsal.github.server import SimulatedGitHub
from tests.rehearsal.registering import BACK, MANIFEST, Registering, sent


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as github:
        github.add_repository("octo/tools", files={"a": "a"})
        github.add_repository("octo/private", files={"a": "a"}, private=True)
        github.add_user("ada")
        github.set_role("octo/tools", "ada", "admin")
        yield github


@pytest.fixture
def ada(github: SimulatedGitHub) -> Iterator[Registering]:
    with requests.Session() as session:
        session.trust_env = False
        yield Registering(github, session, "ada")


def convert(ada: Registering, code: str) -> requests.Response:
    return ada.session.post(f"{ada.github.api_url}/app-manifests/{code}/conversions")


def test_a_registered_app_shows_its_secrets_once(ada: Registering) -> None:
    came_back = ada.register()

    first, second = convert(ada, came_back.code), convert(ada, came_back.code)

    assert (came_back.url, came_back.query["state"]) == (BACK, "s")
    app = first.json()
    assert first.status_code == 201
    assert app["slug"] == "octo-nightshift"
    assert app["permissions"] == {"metadata": "read", "contents": "write", "issues": "write"}
    assert app["events"] == ["issues", "issue_comment"]
    assert app["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert app["webhook_secret"]
    assert second.status_code == 404


def test_it_is_installed_where_the_person_is_an_administrator(ada: Registering) -> None:
    convert(ada, ada.register().code)
    page = ada.session.get(f"{ada.github.web_url}/apps/octo-nightshift/installations/new")

    other = ada.post("/apps/octo-nightshift/installations/new", {"repository": ["octo/private"]})
    done = sent(ada.post("/apps/octo-nightshift/installations/new", {"repository": ["octo/tools"]}))

    assert "octo/tools" in page.text
    assert "octo/private" not in page.text
    assert other.status_code == 422
    assert done.url == MANIFEST["setup_url"]
    assert done.query["setup_action"] == "install"
    (installation,) = ada.github.world.installations.values()
    assert installation.repositories == ("octo/tools",)


def test_without_a_webhook_there_is_no_secret_of_one(ada: Registering) -> None:
    manifest = {key: value for key, value in MANIFEST.items() if key != "hook_attributes"}

    assert convert(ada, ada.register(manifest).code).json()["webhook_secret"] is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"url": None}, "&#34;url&#34; wasn&#39;t supplied"),
        ({"hook_attributes": {"active": False}}, "&#34;url&#34; wasn&#39;t supplied"),
        ({"hook_attributes": {"url": "http://127.0.0.1:8000/webhook"}}, "reachable over the public Internet"),
        ({"redirect_url": None}, "redirect_url"),
        ({"callback_urls": ["nowhere"]}, "callback_urls"),
        ({"default_permissions": {"everything": "write"}}, "not included in the list"),
        ({"default_permissions": {"issues": "admin"}}, "not included in the list"),
        ({"default_events": ["pull_request"]}, "Default events unsupported: pull_request"),
    ],
)
def test_a_wrong_manifest_is_refused(ada: Registering, change: dict[str, Any], says: str) -> None:
    with pytest.raises(AssertionError, match=says):
        ada.register({**MANIFEST, **change})


@pytest.mark.parametrize("name", ["", "x" * 35, "ada"])
def test_a_name_that_cannot_be_had_is_refused(ada: Registering, name: str) -> None:
    with pytest.raises(AssertionError, match="Name"):
        ada.register(name=name)


def test_who_is_not_signed_in_registers_nothing(ada: Registering) -> None:
    ada.github.sign_in(None)

    assert ada.post("/settings/apps/new", {"manifest": "{}"}).status_code == 403
