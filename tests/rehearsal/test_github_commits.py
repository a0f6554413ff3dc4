"""Commits that a client has GitHub make: which of them it signs, and what it makes none of."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bot.rehearsal.github.server import SimulatedGitHub
from tests.git_host import run_git
from tests.rehearsal.app_tour import app_token

R = "/repos/octo/tools"

SOMEONE = {"name": "maria", "email": "maria@example.com"}


def ask(octo: SimulatedGitHub, token: str, path: str, *, method: str = "GET", json: Any = None) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{octo.api_url}{path}", headers=headers, json=json, timeout=10)


@pytest.fixture
def app(octo: SimulatedGitHub, app_key: str) -> str:
    """A token of an installation."""
    octo.add_app(4711, slug="nightshift", key=app_key)
    path = f"/app/installations/{octo.install_app(4711, ('octo/tools',)).id}/access_tokens"
    return str(ask(octo, app_token(4711, app_key), path, method="POST").json()["token"])


def make_tree(octo: SimulatedGitHub, token: str) -> str:
    blob = ask(octo, token, f"{R}/contents/README.md").json()["sha"]
    entry = {"path": "README", "mode": "100644", "type": "blob", "sha": blob}
    return str(ask(octo, token, f"{R}/git/trees", method="POST", json={"tree": [entry]}).json()["sha"])


@pytest.mark.parametrize("named", [{}, {"author": SOMEONE}, {"committer": SOMEONE}, {"signature": "x"}])
def test_an_apps_commit_is_signed_if_it_names_no_one(octo: SimulatedGitHub, app: str, named: dict[str, Any]) -> None:
    head = octo.branches("octo/tools")["main"]
    wanted = {"message": "A\n", "tree": make_tree(octo, app), "parents": [head], **named}
    made = ask(octo, app, f"{R}/git/commits", method="POST", json=wanted).json()
    assert made["verification"]["verified"] is not bool(named)
    content = run_git("cat-file", "commit", made["sha"], cwd=octo.world.repository("octo/tools").git.path)
    assert ("\ngpgsig " in content) is not bool(named)
    if not named:
        user = octo.world.account("nightshift[bot]")
        assert made["author"]["email"] == f"{user.id}+nightshift[bot]@users.noreply.127.0.0.1"
        assert made["committer"]["name"] == "GitHub"


def test_a_persons_commit_is_not(octo: SimulatedGitHub) -> None:
    token = octo.add_token("bot").value
    wanted = {"message": "A", "tree": make_tree(octo, token)}
    made = ask(octo, token, f"{R}/git/commits", method="POST", json=wanted).json()
    assert made["verification"]["reason"] == "unsigned"


def test_what_was_only_pushed_is_no_tree(octo: SimulatedGitHub, app: str) -> None:
    tree = ask(octo, app, f"{R}/commits/main").json()["commit"]["tree"]["sha"]
    refused = ask(octo, app, f"{R}/git/commits", method="POST", json={"message": "A", "tree": tree})
    assert (refused.status_code, refused.json()["message"]) == (422, "Tree SHA does not exist")
    missing = {"path": "a", "mode": "100644", "type": "blob", "sha": "1" * 40}
    assert ask(octo, app, f"{R}/git/trees", method="POST", json={"tree": [missing]}).status_code == 422
    orphan = {"message": "A", "tree": make_tree(octo, app), "parents": ["1" * 40]}
    assert ask(octo, app, f"{R}/git/commits", method="POST", json=orphan).status_code == 422
