"""What has another name or place is found there: redirects are followed, on GitHub's own origin alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.github import GitHub, GitHubFailed, TokenAccount
from bot.core.references import IssueRef
from bot.rehearsal.github.server import SimulatedGitHub
from tests.adapters.github_answers import HERE, ISSUE, Served, a_client, serve_answers


@pytest.fixture
def served() -> Iterator[Served]:
    with serve_answers() as served:
        yield served


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_to_another_origin_is_not_followed(status: int, served: Served) -> None:
    with serve_answers() as elsewhere:
        served.status, served.headers = status, {"Location": f"{elsewhere.url}/repos/x/y"}
        with pytest.raises(GitHubFailed):
            a_client(served).repository(HERE)
        with pytest.raises(GitHubFailed):
            a_client(served).create_comment(ISSUE, "x")
        assert elsewhere.asked == []


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_redirect_without_end_is_a_failure(status: int, served: Served) -> None:
    served.status, served.headers = status, {"Location": "/repos/x/y?a=b"}
    with pytest.raises(GitHubFailed):
        a_client(served).issue(ISSUE)
    assert len(served.asked) < 10


def test_a_redirect_is_followed_with_the_query_and_a_write_with_its_body(tmp_path: Path) -> None:
    with SimulatedGitHub(tmp_path) as github:
        github.add_repository("octo/clock", files={"x": "y"})
        token = github.add_token(github.add_user("ada").login)
        github.set_role("octo/clock", "ada", "write")
        for number in range(3):
            github.open_issue("octo/clock", title=str(number), author="ada", labels=["auto"] if number else [])
        github.rename_repository("octo/clock", "octo/watch")
        client = GitHub(TokenAccount(token.value, api_url=github.api_url, repositories=()), web_url=github.web_url)

        assert [each.title for each in client.labeled_issues("octo/clock", "auto")] == ["1", "2"]
        client.create_comment(IssueRef("octo/clock", 1), "Hello")

        assert [each.body for each in github.comments("octo/watch", 1)] == ["Hello"]


def test_an_issue_in_another_repository_is_gone_and_one_of_a_renamed_repository_is_not(tmp_path: Path) -> None:
    with SimulatedGitHub(tmp_path) as github:
        for name in ("octo/clock", "octo/other"):
            github.add_repository(name, files={"x": "y"})
        token = github.add_token(github.add_user("ada").login)
        first, second = (github.open_issue("octo/clock", title="x", author="ada").number for _ in range(2))
        client = GitHub(TokenAccount(token.value, api_url=github.api_url, repositories=()), web_url=github.web_url)
        github.transfer_issue("octo/clock", first, "octo/other", by="ada")
        github.rename_repository("octo/clock", "octo/watch")

        for read in (client.issue, client.issue_now):
            assert read(IssueRef("octo/clock", second))
            with pytest.raises(GitHubFailed, match="transferred: it is octo/other#1 now") as refused:
                read(IssueRef("octo/clock", first))
            assert refused.value.gone
        with pytest.raises(GitHubFailed, match="transferred"):
            client.create_comment(IssueRef("octo/clock", first), "Hello")
        assert github.comments("octo/other", 1) == ()
