"""Who may what: tokens of all kinds, roles, apps; and the words and numbers with which GitHub refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
import requests
from github import Auth, Github, GithubIntegration

from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.setting import ALL_THAT_A_BOT_NEEDS

R = "/repos/octo/tools"


def ask(
    octo: SimulatedGitHub, token: str | None, path: str, *, method: str = "GET", json: object = None
) -> requests.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return requests.request(method, f"{octo.api_url}{path}", headers=headers, json=json, timeout=10)


@pytest.fixture
def private(octo: SimulatedGitHub) -> str:
    octo.add_repository("octo/secret", private=True)
    octo.set_role("octo/secret", "maria", "admin")
    return "/repos/octo/secret"


def test_a_client_without_token_reads_what_is_public(octo: SimulatedGitHub, private: str) -> None:
    """And writes nothing; what is private is not there for him."""
    assert ask(octo, None, R).json()["full_name"] == "octo/tools"
    assert ask(octo, None, private).status_code == 404
    assert ask(octo, None, "/user").status_code == 401
    assert ask(octo, None, f"{R}/issues", method="POST", json={"title": "x"}).status_code == 401


def test_a_wrong_token_is_worse_than_none(octo: SimulatedGitHub) -> None:
    answer = ask(octo, "ghp_wrong", R)
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")


def test_a_private_repository_is_not_there_for_strangers(octo: SimulatedGitHub, private: str) -> None:
    """404, not 403: GitHub does not tell that it exists."""
    assert ask(octo, octo.add_token("stranger").value, private).status_code == 404
    assert ask(octo, octo.add_token("maria").value, private).json()["permissions"]["admin"]


@pytest.mark.parametrize(
    ("role", "permission"),
    [("read", "read"), ("triage", "read"), ("write", "write"), ("maintain", "write"), ("admin", "admin")],
)
def test_roles_have_a_name_and_a_coarser_permission(octo: SimulatedGitHub, role: str, permission: str) -> None:
    """`role_name` tells triage from read, `permission` does not."""
    octo.set_role("octo/tools", "stranger", role)
    told = ask(octo, octo.add_token("bot").value, f"{R}/collaborators/stranger/permission").json()
    assert (told["role_name"], told["permission"]) == (role, permission)


def test_roles_are_reported_to_those_who_may_push(octo: SimulatedGitHub) -> None:
    path = f"{R}/collaborators/maria/permission"
    assert ask(octo, octo.add_token("stranger").value, path).status_code == 403
    assert ask(octo, octo.add_token("bot").value, f"{R}/collaborators/nobody/permission").status_code == 404


def test_a_reader_may_talk_and_no_more(octo: SimulatedGitHub) -> None:
    token = octo.add_token("stranger").value
    number = ask(octo, token, f"{R}/issues", method="POST", json={"title": "x"}).json()["number"]
    issue = f"{R}/issues/{number}"
    assert ask(octo, token, f"{issue}/comments", method="POST", json={"body": "x"}).status_code == 201
    assert ask(octo, token, issue, method="PATCH", json={"title": "y"}).status_code == 200
    refused = [
        ask(octo, token, f"{issue}/labels", method="POST", json=["auto"]),
        ask(octo, token, f"{R}/labels", method="POST", json={"name": "auto"}),
        ask(octo, token, f"{R}/git/refs/heads/main", method="DELETE"),
        ask(octo, token, f"{R}/hooks"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 4


def test_only_its_author_edits_a_comment(octo: SimulatedGitHub) -> None:
    """Unless he may write there."""
    number = octo.open_issue("octo/tools", title="x", author="maria").number
    said = f"{R}/issues/comments/{octo.comment('octo/tools', number, 'mine', by='maria').id}"
    stranger, bot = octo.add_token("stranger").value, octo.add_token("bot").value
    assert ask(octo, stranger, said, method="PATCH", json={"body": "his"}).status_code == 403
    assert ask(octo, bot, said, method="PATCH", json={"body": "ours"}).status_code == 200


def test_a_fine_grained_token_has_what_it_was_given(octo: SimulatedGitHub, private: str) -> None:
    """Its permissions bound it, its repositories bound it, and its account's role bounds it still."""
    token = octo.add_token("bot", permissions={"issues": "write"}, repositories=("octo/tools",)).value
    number = ask(octo, token, f"{R}/issues", method="POST", json={"title": "x"}).json()["number"]
    assert ask(octo, token, f"{R}/issues/{number}/labels", method="POST", json=["auto"]).status_code == 200
    sha = octo.branches("octo/tools")["main"]
    refused = ask(octo, token, f"{R}/git/refs", method="POST", json={"ref": "refs/heads/a", "sha": sha})
    assert refused.status_code == 403
    assert refused.json()["message"] == "Resource not accessible by personal access token"
    octo.set_role("octo/secret", "bot", "write")
    assert ask(octo, token, private).status_code == 404
    assert "X-OAuth-Scopes" not in ask(octo, token, "/user").headers


def test_a_classic_token_shows_its_scopes(octo: SimulatedGitHub) -> None:
    assert ask(octo, octo.add_token("bot").value, "/user").headers["X-OAuth-Scopes"] == "repo"
    scopeless = octo.add_token("bot", scopes=()).value
    assert ask(octo, scopeless, f"{R}/issues", method="POST", json={"title": "x"}).status_code == 403


def test_an_archived_repository_is_read_only(octo: SimulatedGitHub) -> None:
    octo.archive_repository("octo/tools")
    token = octo.add_token("maria").value
    assert ask(octo, token, R).json()["archived"]
    answer = ask(octo, token, f"{R}/issues", method="POST", json={"title": "x"})
    assert (answer.status_code, answer.json()["message"]) == (403, "Repository was archived so is read-only.")


def test_an_app_works_through_pygithub(octo: SimulatedGitHub, app_key: str) -> None:
    """The app's own token finds its installation, whose token acts as the bot account of the app."""
    octo.add_app(4711, slug="nightshift", key=app_key)
    made = octo.install_app(4711, ("octo/tools",))
    integration = GithubIntegration(auth=Auth.AppAuth(4711, app_key), base_url=octo.api_url, retry=None)
    installation = integration.get_repo_installation("octo", "tools")
    assert installation.id == made.id
    client = Github(auth=installation.get_github_for_installation().requester.auth, base_url=octo.api_url, retry=None)
    tools = client.get_repo("octo/tools")
    assert tools.create_issue("By the app").user.login == "nightshift[bot]"
    run = tools.create_check_run("nightshift", octo.branches("octo/tools")["main"], status="in_progress")
    run.edit(status="completed", conclusion="success")
    assert [repo.full_name for repo in installation.get_repos()] == ["octo/tools"]


def test_an_installation_token_is_cut_down(octo: SimulatedGitHub, app_key: str) -> None:
    """To one repository and to what is asked for; it cannot be widened, and it reaches nothing else."""
    octo.add_repository("octo/other", private=True)
    octo.add_app(4711, slug="nightshift", key=app_key)
    path = f"/app/installations/{octo.install_app(4711, ('octo/tools', 'octo/other')).id}/access_tokens"
    itself = app_token(app_key)

    def mint(**wanted: object) -> requests.Response:
        return ask(octo, itself, path, method="POST", json=wanted)

    token = mint(repositories=["tools"], permissions={"contents": "write"}).json()
    assert token["permissions"] == {"contents": "write", "metadata": "read"}
    assert [repository["full_name"] for repository in token["repositories"]] == ["octo/tools"]
    assert ask(octo, token["token"], "/repos/octo/other").status_code == 404
    refused = ask(octo, token["token"], f"{R}/issues", method="POST", json={"title": "x"})
    assert refused.json()["message"] == "Resource not accessible by integration"
    assert mint(permissions={}).json()["permissions"] == ALL_THAT_A_BOT_NEEDS
    assert mint(permissions={"administration": "write"}).status_code == 422
    assert mint(repositories=["elsewhere"]).status_code == 422


def test_expired_installation_tokens_are_refused(octo: SimulatedGitHub, app_key: str) -> None:
    octo.add_app(4711, slug="nightshift", key=app_key)
    path = f"/app/installations/{octo.install_app(4711, ('octo/tools',)).id}/access_tokens"
    token = ask(octo, app_token(app_key), path, method="POST").json()["token"]
    assert ask(octo, token, "/installation/repositories").status_code == 200
    octo.expire_installation_tokens()
    assert ask(octo, token, "/installation/repositories").status_code == 401


@pytest.mark.parametrize("claims", [{"exp": -3600}, {"exp": 3600}, {"iss": "1"}, {"iss": "x"}, {"forged": True}])
def test_a_bad_app_token_is_refused(octo: SimulatedGitHub, app_key: str, claims: dict[str, Any]) -> None:
    """Expired, valid for too long, of another app, or signed with another key."""
    octo.add_app(4711, slug="nightshift", key=app_key)
    answer = ask(octo, app_token(app_key, **claims), "/app")
    assert answer.status_code == 401


def test_check_runs_are_for_apps(octo: SimulatedGitHub) -> None:
    body = {"name": "nightshift", "head_sha": octo.branches("octo/tools")["main"]}
    answer = ask(octo, octo.add_token("maria").value, f"{R}/check-runs", method="POST", json=body)
    assert (answer.status_code, answer.json()["message"]) == (403, "You must authenticate via a GitHub App.")


def app_token(key: str, *, exp: int = 300, iss: str = "4711", forged: bool = False) -> str:
    now = int(datetime.now(UTC).timestamp())
    token = jwt.encode({"iat": now - 60, "exp": now + exp, "iss": iss}, key, algorithm="RS256")
    return token[:-8] + "AAAAAAAA" if forged else token
