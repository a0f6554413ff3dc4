"""Clients of GitHub that are not the bot's own agree with the simulation, in what is modelled: octokit, and `gh api`
through TLS as it speaks with a GitHub Enterprise Server."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.rehearsal.github.server import SimulatedGitHub
from tests.patience import within
from tests.stories.installation import add_people
from tests.stories.operators_network import OperatorsNetwork, an_operators_network
from tests.stories.world import BOT, REPOSITORY

TOKEN = "ghp_ofaforeignclient"
TOUR = Path(__file__).parents[1] / "data" / "octokit_tour.mjs"
MANY = 35  # issues: two pages


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github") as github:
        add_people(github, repository=REPOSITORY, bot=BOT)
        github.add_token("ada", value=TOKEN)
        for number in range(MANY):
            github.open_issue(REPOSITORY, title=f"Issue {number}", author="ada")
        yield github
        assert github.violations == ()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, env=known, capture_output=True, text=True, timeout=within(60), check=False)


def test_octokit_finds_what_it_expects(github: SimulatedGitHub) -> None:
    answer = run("node", str(TOUR), github.api_url, TOKEN, *REPOSITORY.split("/"))

    assert answer.returncode == 0, answer.stderr
    made = MANY + 1
    too_long = "Validation Failed"
    found = json.loads(answer.stdout)
    assert found.pop("long")["message"].startswith(too_long)
    assert found.pop("twice")["message"].startswith(too_long)
    assert found == {
        "login": "ada",
        "permission": "write",
        "issues": list(range(made, 0, -1)),
        "closed": "not_planned",
        "labels": ["auto"],
        "events": ["labeled", "labeled", "unlabeled", "closed"],
        "reactions": [201, 200],
        "branch": "main",
        "readme": "# Clock\n",
        "unchanged": 304,
        "missing": {"status": 404, "message": "Not Found"},
        "unauthorized": {"status": 401, "message": "Bad credentials"},
    }
    assert github.unmodelled == ()


@pytest.fixture
def network(github: SimulatedGitHub, tmp_path: Path) -> Iterator[OperatorsNetwork]:
    with an_operators_network(github.web_url, tmp_path) as network:
        yield network


def gh(network: OperatorsNetwork, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(
        "gh",
        *arguments,
        HOME=str(folder),
        GH_HOST=network.url.removeprefix("https://"),
        GH_ENTERPRISE_TOKEN=TOKEN,
        HTTPS_PROXY=network.proxy(),
        SSL_CERT_FILE=str(network.authority),
        GH_NO_UPDATE_NOTIFIER="1",
    )


@pytest.mark.needs("gh")
def test_gh_api_finds_what_it_expects(github: SimulatedGitHub, network: OperatorsNetwork, tmp_path: Path) -> None:
    here = f"repos/{REPOSITORY}"
    listed = gh(network, tmp_path, "api", "--paginate", f"{here}/issues", "--jq", ".[].number")
    said = gh(network, tmp_path, "api", f"{here}/issues/1/comments", "-f", "body=Hello", "--jq", ".user.login")
    labelled = gh(network, tmp_path, "api", f"{here}/issues/1/labels", "-f", "labels[]=auto", "--jq", ".[].name")
    missing = gh(network, tmp_path, "api", f"{here}/issues/9999")

    assert listed.stdout.split() == [str(number) for number in range(MANY, 0, -1)], listed.stderr
    assert said.stdout == "ada\n", said.stderr
    assert labelled.stdout == "auto\n", labelled.stderr
    assert (missing.returncode, "Not Found (HTTP 404)" in missing.stderr) == (1, True)
    assert [comment.body for comment in github.comments(REPOSITORY, 1)] == ["Hello"]
    assert github.unmodelled == ()


@pytest.mark.needs("gh")
def test_what_is_not_modelled_says_so_to_gh(github: SimulatedGitHub, network: OperatorsNetwork, tmp_path: Path) -> None:
    """Its own commands ask by GraphQL."""
    answer = gh(network, tmp_path, "issue", "list", "--repo", f"{network.url.removeprefix('https://')}/{REPOSITORY}")

    assert answer.returncode != 0
    assert "501" in answer.stderr
    (asked,) = github.unmodelled
    assert asked.startswith("POST /graphql ")
