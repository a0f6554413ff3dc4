"""GitHub's own relations between issues: what they count, who may change them, and how GitHub refuses."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from bot.rehearsal.github.records import Issue
from bot.rehearsal.github.server import SimulatedGitHub

TOOLS = "octo/tools"


def path_of(issue: Issue, rest: str, repository: str = TOOLS) -> str:
    return f"/repos/{repository}/issues/{issue.number}/{rest}"


def ask(octo: SimulatedGitHub, http: requests.Session, method: str, path: str, body: object = None) -> Any:
    answer = http.request(method, f"{octo.api_url}{path}", json=body)
    shown = answer.json()
    return answer.status_code, shown if answer.ok else shown["message"].removeprefix("Validation failed: ")


@pytest.fixture
def issues(octo: SimulatedGitHub) -> list[Issue]:
    return [octo.open_issue(TOOLS, title=title, author="maria") for title in ("One", "Two", "Three")]


def test_the_summaries_ride_on_each_issue(octo: SimulatedGitHub, http: requests.Session, issues: list[Issue]) -> None:
    """A closed issue counts in the totals only; a deleted one no more. When the issue was updated stays as it was."""
    one, two, three = issues
    before = octo.issue(TOOLS, one.number).updated_at
    for other in (two, three):
        octo.block((TOOLS, one.number), (TOOLS, other.number), by="maria")
        octo.add_sub_issue((TOOLS, one.number), (TOOLS, other.number), by="maria")
    octo.close_issue(TOOLS, two.number, by="maria")
    _, shown = ask(octo, http, "GET", f"/repos/{TOOLS}/issues/{one.number}")
    assert shown["issue_dependencies_summary"] == {
        "blocked_by": 1,
        "blocking": 0,
        "total_blocked_by": 2,
        "total_blocking": 0,
    }
    assert shown["sub_issues_summary"] == {"total": 2, "completed": 1, "percent_completed": 50}
    assert octo.issue(TOOLS, one.number).updated_at == before
    octo.delete_issue(TOOLS, two.number, by="maria")
    _, listed = ask(octo, http, "GET", path_of(one, "dependencies/blocked_by"))
    assert [each["number"] for each in listed] == [three.number]
    assert listed[0]["issue_dependencies_summary"]["blocking"] == 1
    assert listed[0]["parent_issue_url"].endswith(f"/issues/{one.number}")


def test_what_github_refuses(octo: SimulatedGitHub, http: requests.Session, issues: list[Issue]) -> None:
    """A number in the place of an id leads nowhere, and a second time is refused; taking away twice is not."""
    one, two, three = issues
    blocked_by, children = path_of(one, "dependencies/blocked_by"), path_of(one, "sub_issues")
    octo.push_commit(TOOLS, "side", {"a.txt": "a\n"}, by="maria")
    pull = octo.open_pull_request(TOOLS, title="P", head="side", by="maria")
    assert ask(octo, http, "POST", blocked_by, {"issue_id": two.number})[0] == 422
    assert ask(octo, http, "POST", children, {"sub_issue_id": two.number})[0] == 404
    assert ask(octo, http, "POST", blocked_by, {"issue_id": two.id})[0] == 201
    for identity, why in ((two.id, "already been taken"), (one.id, "same as"), (pull.id, "may only be an issue")):
        status, message = ask(octo, http, "POST", blocked_by, {"issue_id": identity})
        assert status == 422
        assert why in message
    assert [ask(octo, http, "DELETE", f"{blocked_by}/{two.id}")[0] for _ in range(2)] == [200, 200]
    assert ask(octo, http, "POST", children, {"sub_issue_id": two.id})[0] == 201
    assert "duplicate" in ask(octo, http, "POST", children, {"sub_issue_id": two.id})[1]
    elsewhere = path_of(three, "sub_issues")
    assert "one parent" in ask(octo, http, "POST", elsewhere, {"sub_issue_id": two.id})[1]
    assert "one above" in ask(octo, http, "POST", path_of(two, "sub_issues"), {"sub_issue_id": one.id})[1]
    assert ask(octo, http, "POST", elsewhere, {"sub_issue_id": two.id, "replace_parent": True})[0] == 201
    assert ask(octo, http, "DELETE", path_of(one, "sub_issue"), {"sub_issue_id": two.id})[0] == 404


def test_who_may_not_triage_relates_nothing(octo: SimulatedGitHub, http: requests.Session, issues: list[Issue]) -> None:
    octo.set_role(TOOLS, "bot", "read")
    body = {"issue_id": issues[1].id}
    assert ask(octo, http, "POST", path_of(issues[0], "dependencies/blocked_by"), body)[0] == 403


def test_a_limit_is_a_refusal(octo: SimulatedGitHub, http: requests.Session, issues: list[Issue]) -> None:
    for number in range(51):
        other = octo.open_issue(TOOLS, title=str(number), author="maria")
        if number < 50:
            octo.block((TOOLS, issues[0].number), (TOOLS, other.number), by="maria")
    path = path_of(issues[0], "dependencies/blocked_by")
    assert "limit" in ask(octo, http, "POST", path, {"issue_id": other.id})[1]
    answer = http.get(f"{octo.api_url}{path}")
    assert len(answer.json()) == 30
    assert 'rel="next"' in answer.headers["Link"]


def test_a_private_blocker_is_counted_and_not_listed(
    octo: SimulatedGitHub, http: requests.Session, issues: list[Issue]
) -> None:
    octo.add_repository("octo/secret", private=True)
    hidden = octo.open_issue("octo/secret", title="Secret", author="maria")
    octo.block((TOOLS, issues[0].number), ("octo/secret", hidden.number), by="maria")
    _, shown = ask(octo, http, "GET", f"/repos/{TOOLS}/issues/{issues[0].number}")
    assert shown["issue_dependencies_summary"]["blocked_by"] == 1
    assert ask(octo, http, "GET", path_of(issues[0], "dependencies/blocked_by")) == (200, [])


@pytest.mark.parametrize(
    ("version", "known"),
    [("3.16.4", [False, 404, 404]), ("3.18.2", [True, 404, 404]), ("3.19.0", [True, 200, 404])],
)
def test_an_older_enterprise_server_knows_fewer(
    octo: SimulatedGitHub, http: requests.Session, issues: list[Issue], version: str, known: list[object]
) -> None:
    """`known`: whether issues have summaries, and how the listings of blockers and of sub-issues answer."""
    octo.become_enterprise_server(version)
    _, shown = ask(octo, http, "GET", f"/repos/{TOOLS}/issues/{issues[0].number}")
    paths = [path_of(issues[0], rest) for rest in ("dependencies/blocked_by", "sub_issues")]
    statuses = [ask(octo, http, "GET", path)[0] for path in paths]
    assert ["issue_dependencies_summary" in shown, *statuses] == known
