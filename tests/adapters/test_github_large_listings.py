"""GitHub refuses pages by their numbers in large listings: only the addresses that it gives lead on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import requests

from bot.adapters.github import GitHub, MemoryCache, TokenAccount, Unchanged
from bot.core.references import IssueRef
from bot.rehearsal.github.server import SimulatedGitHub

REPOSITORY = "octo/clock"
MANY = 230  # three pages


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path_factory.mktemp("github")) as github:
        github.add_user("ada")
        github.add_repository(REPOSITORY, files={"README.md": "# Clock\n"})
        github.set_role(REPOSITORY, "ada", "write")
        github.add_token("ada", value="ghp_ada")
        for _ in range(MANY):
            issue = github.open_issue(REPOSITORY, title="Tell", author="ada")
            github.label_issue(REPOSITORY, issue.number, "auto", by="ada")
        for _ in range(MANY):
            github.comment(REPOSITORY, 1, "Yes.", by="ada")
        github.refuse_page_numbers(200)
        yield github
        assert github.violations == ()


def ask(github: SimulatedGitHub, query: str) -> requests.Response:
    return requests.get(f"{github.api_url}/repos/{REPOSITORY}/issues?per_page=100{query}", timeout=10)


def test_a_number_leads_nowhere(github: SimulatedGitHub) -> None:
    assert ask(github, "&page=2").status_code == 422
    assert ask(github, "&page=1").links.keys() == {"next"}
    assert ask(github, "&after=x").status_code == 422


def test_a_census_is_whole_and_costs_nothing_again(github: SimulatedGitHub) -> None:
    account = TokenAccount("ghp_ada", api_url=github.api_url, repositories=(REPOSITORY,))
    client = GitHub(account, web_url=github.web_url, cache=MemoryCache())
    found: list[int] = []
    for page in client.labelled_census(REPOSITORY, "auto"):
        found += page.value.numbers
        client.keep(page)
    again = list(client.labelled_census(REPOSITORY, "auto"))

    assert found == list(range(1, MANY + 1))
    assert [number for page in again for number in page.value.numbers] == found
    assert all(isinstance(page, Unchanged) for page in again)
    pages = client.comments_now(IssueRef(REPOSITORY, 1), datetime(2026, 1, 1, tzinfo=UTC))
    assert len(pages) == 3
