"""Check runs, statuses and logs as GitHub shows them: all pages, the latest of a name, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.github import GitHub, GitHubFailed, TokenAccount
from bot.adapters.github.job_log import fetch_log
from bot.core.ci_results import CiState
from bot.rehearsal.github.server import SimulatedGitHub

HERE, SECRET = "octo/clock", "octo/secret"
LEAST = {"metadata": "read", "contents": "write", "issues": "write", "pull_requests": "write"}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path) as github:
        github.add_user("bot")
        for name in (HERE, SECRET):
            github.add_repository(name, files={"README.md": "hello"}, private=name == SECRET)
            github.set_role(name, "bot", "write")
        yield github
        assert not github.violations
        assert not github.unmodelled


def client(github: SimulatedGitHub, **permissions: str) -> GitHub:
    """With a classic token, or a fine-grained one that has these permissions besides what it always needs."""
    given = {**LEAST, **permissions} if permissions else None
    token = github.add_token("bot", permissions=given)
    account = TokenAccount(token.value, api_url=github.api_url, repositories=(HERE, SECRET))
    return GitHub(account, web_url=github.web_url)


def test_check_runs_and_statuses_are_read_with_what_they_say(github: SimulatedGitHub) -> None:
    output = {"title": "2 problems", "summary": "Line 3.", "text": ""}
    github.report_check(HERE, "main", "style", "failure", output=output, app="style-bot")
    github.report_check(HERE, "main", "test", None)
    github.set_status(HERE, "main", "ci/jenkins", "error", description="It broke", by="bot")

    style, test, jenkins = client(github).ci_results(HERE, "main")

    assert (style.name, style.reporter, style.state, style.job) == ("style", "style-bot", CiState.FAILED, None)
    assert style.text == "2 problems\n\nLine 3."
    assert style.ended_at is not None
    assert (test.reporter, test.state, test.ended_at) == ("github-actions", CiState.PENDING, None)
    assert test.job is not None
    assert (jenkins.name, jenkins.reporter, jenkins.state) == ("ci/jenkins", "", CiState.FAILED)
    assert jenkins.text == "It broke"


def test_the_latest_of_a_name_counts(github: SimulatedGitHub) -> None:
    for state in ("failure", "success"):
        github.report_check(HERE, "main", "test", state)
        github.set_status(HERE, "main", "ci", state, by="bot")

    assert [each.state for each in client(github).ci_results(HERE, "main")] == [CiState.PASSED, CiState.PASSED]


def test_every_page_is_read(github: SimulatedGitHub) -> None:
    for number in range(130):
        github.report_check(HERE, "main", f"test {number}", "success")
        github.set_status(HERE, "main", f"ci {number}", "success", by="bot")

    assert len({each.key for each in client(github).ci_results(HERE, "main")}) == 260


def test_what_has_not_changed_is_known_and_costs_nothing(github: SimulatedGitHub) -> None:
    github.report_check(HERE, "main", "test", "failure", output={"title": "x" * 9000})
    github.set_status(HERE, "main", "ci", "failure", by="bot")
    reader = client(github)
    first = reader.ci_results(HERE, "main")
    reads = reader.reads

    assert reader.ci_results(HERE, "main") == first
    assert reader.reads == reads

    github.report_check(HERE, "main", "test", "success")
    assert reader.ci_results(HERE, "main") != first


@pytest.mark.parametrize("commit", ["f" * 40, "no-such-branch"])
def test_a_commit_that_is_not_there_has_no_results(github: SimulatedGitHub, commit: str) -> None:
    assert client(github).ci_results(HERE, commit) == []


def test_what_the_token_may_not_see_is_not_there(github: SimulatedGitHub) -> None:
    github.report_check(SECRET, "main", "test", "failure", log="It broke")
    github.set_status(SECRET, "main", "ci", "failure", by="bot")

    assert client(github, actions="read").ci_results(SECRET, "main") == []
    assert [each.name for each in client(github, statuses="read").ci_results(SECRET, "main")] == ["ci"]
    assert [each.name for each in client(github, checks="read").ci_results(SECRET, "main")] == ["test"]
    assert len(client(github).ci_results(SECRET, "main")) == 2


def test_the_end_of_a_log_is_fetched(github: SimulatedGitHub) -> None:
    log = "\n".join(f"line {number}" for number in range(10_000))
    job = github.report_check(HERE, "main", "test", log=log).id

    tail = client(github).job_log(HERE, job, most=2000)

    assert len(tail.encode()) == 2000
    assert tail.endswith("line 9999\n")


def test_a_log_that_is_cut_within_a_character_is_read(github: SimulatedGitHub) -> None:
    job = github.report_check(HERE, "main", "test", log="ü" * 1000).id

    assert client(github).job_log(HERE, job, most=100).startswith("\ufffd")


def test_a_log_that_is_gone_or_forbidden_says_so(github: SimulatedGitHub) -> None:
    gone = github.report_check(HERE, "main", "old").id
    other = github.report_check(HERE, "main", "style", app="style-bot", log="x").id
    kept = github.report_check(HERE, "main", "test", log="x").id

    for reader, job in ((client(github), gone), (client(github), other), (client(github, statuses="read"), kept)):
        with pytest.raises(GitHubFailed):
            reader.job_log(HERE, job, most=100)


@pytest.mark.parametrize(
    "address", ["http://logs.example.org/1", "ftp://logs.example.org/1", "file:///etc/passwd", "//x", ""]
)
def test_no_log_is_fetched_without_tls(address: str) -> None:
    with pytest.raises(GitHubFailed, match="without TLS"):
        fetch_log(address, api_host="api.github.com", most=100)


def test_an_address_of_a_log_is_asked_once_and_without_a_token(github: SimulatedGitHub) -> None:
    job = github.report_check(HERE, "main", "test", log="x").id
    client(github).job_log(HERE, job, most=100)

    (headers,) = github.job_logs.asked
    assert "Authorization" not in headers
