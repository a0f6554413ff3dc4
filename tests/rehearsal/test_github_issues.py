"""Issues, labels, comments and reactions as PyGithub and plain HTTP meet them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from github import GithubException
from github.Repository import Repository

from bot.rehearsal.github.server import SimulatedGitHub


@pytest.fixture
def number(octo: SimulatedGitHub) -> int:
    """An issue of a stranger's, labelled by a maintainer."""
    number = octo.open_issue("octo/tools", title="The clock is late", body="By a minute.", author="stranger").number
    octo.label_issue("octo/tools", number, "auto", by="maria")
    return number


def kinds(octo: SimulatedGitHub, number: int) -> list[tuple[str, str]]:
    return [(event.kind, event.actor) for event in octo.history("octo/tools", number)]


def test_a_label_that_is_not_there_comes_into_being(octo: SimulatedGitHub, tools: Repository, number: int) -> None:
    """As on GitHub: adding a label to an issue makes it, in grey; adding it again changes nothing."""
    issue = tools.get_issue(number)
    issue.add_to_labels("auto:queued")
    issue.add_to_labels("AUTO:queued")
    assert octo.issue("octo/tools", number).labels == ("auto", "auto:queued")
    assert {label.name: label.color for label in tools.get_labels()}["auto:queued"] == "ededed"
    assert kinds(octo, number) == [("labeled", "maria"), ("labeled", "bot")]


def test_labels_are_replaced_as_a_set(octo: SimulatedGitHub, tools: Repository, number: int) -> None:
    tools.get_issue(number).set_labels("auto", "auto:running")
    tools.get_issue(number).set_labels("auto:review", "auto")
    assert octo.issue("octo/tools", number).labels == ("auto", "auto:review")


def test_removing_a_label_that_is_not_on_it_is_a_404(tools: Repository, number: int) -> None:
    with pytest.raises(GithubException) as refusal:
        tools.get_issue(number).remove_from_labels("auto:failed")
    assert (refusal.value.status, refusal.value.data["message"]) == (404, "Label does not exist")


def test_a_label_is_made_once(octo: SimulatedGitHub, tools: Repository) -> None:
    tools.create_label("auto:failed", "d93f0b", "Nightshift could not do it")
    with pytest.raises(GithubException) as refusal:
        tools.create_label("Auto:Failed", "d93f0b")
    assert refusal.value.status == 422
    assert refusal.value.data["errors"] == [{"resource": "Label", "code": "already_exists", "field": "name"}]
    assert [label.name for label in octo.labels("octo/tools")] == ["auto:failed"]


def test_a_renamed_label_follows_onto_its_issues(
    octo: SimulatedGitHub, tools: Repository, http: requests.Session, number: int
) -> None:
    """Also where the new name has a slash, which is escaped in addresses."""
    tools.get_label("auto").edit("night/shift", "00ff00")
    assert octo.issue("octo/tools", number).labels == ("night/shift",)
    assert http.get(f"{octo.api_url}/repos/octo/tools/labels/night%2Fshift").json()["color"] == "00ff00"


def test_listings_filter_and_sort(
    octo: SimulatedGitHub, tools: Repository, http: requests.Session, number: int
) -> None:
    other = octo.open_issue("octo/tools", title="Other", author="maria", labels=["auto", "bug"]).number
    octo.close_issue("octo/tools", number, by="maria")
    assert [issue.number for issue in tools.get_issues(labels=["AUTO"])] == [other]
    assert [issue.number for issue in tools.get_issues(state="all", direction="asc")] == [number, other]
    assert [issue.number for issue in tools.get_issues(labels=["auto", "bug"], state="all")] == [other]
    stranger = http.get(f"{octo.api_url}/repos/octo/tools/issues?state=all&creator=stranger").json()
    assert [issue["number"] for issue in stranger] == [number]


def test_long_lists_come_in_pages(octo: SimulatedGitHub, tools: Repository, http: requests.Session) -> None:
    """PyGithub follows the `Link` header to the end; a page never holds more than 100."""
    for index in range(35):
        octo.open_issue("octo/tools", title=f"Issue {index}", author="maria")
    assert len([*tools.get_issues()]) == 35
    page = http.get(f"{octo.api_url}/repos/octo/tools/issues?per_page=10&page=2")
    assert [issue["number"] for issue in page.json()] == [*range(25, 15, -1)]
    assert page.links["next"]["url"] == f"{octo.api_url}/repos/octo/tools/issues?per_page=10&page=3"
    assert page.links["last"]["url"].endswith("page=4")
    assert len(http.get(f"{octo.api_url}/repos/octo/tools/issues?per_page=1000").json()) == 35


def test_comments_are_listed_from_when_they_changed(tmp_path: Path) -> None:
    """`since` asks for what was updated since, so an edited old comment is listed again."""
    now = [datetime(2026, 1, 1, 12, tzinfo=UTC)]
    with SimulatedGitHub(tmp_path, clock=lambda: now[0]) as octo, requests.Session() as http:
        http.trust_env = False
        octo.add_user("maria")
        octo.add_repository("octo/tools")
        number = octo.open_issue("octo/tools", title="x", author="maria").number
        first, second = (octo.comment("octo/tools", number, text, by="maria") for text in ("one", "two"))
        now[0] += timedelta(hours=1)
        octo.edit_comment("octo/tools", first.id, "one, edited", by="maria")
        url = f"{octo.api_url}/repos/octo/tools/issues/comments"
        listed = http.get(url, params={"since": "2026-01-01T12:30:00Z"}).json()
        assert [comment["id"] for comment in listed] == [first.id]
        assert [comment["id"] for comment in http.get(url).json()] == [first.id, second.id]
        at_that_second = http.get(url, params={"since": "2026-01-01T13:00:00Z"}).json()
        assert at_that_second == [], "after the given time, says the description"


def test_what_changed_in_the_same_second_has_no_order(octo: SimulatedGitHub, http: requests.Session) -> None:
    """A client that takes the last one of a listing for the newest number is wrong. Earlier seconds come earlier."""
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    octo.world.clock = lambda: now
    numbers = [octo.open_issue("octo/tools", title=f"Issue {index}", author="maria").number for index in range(20)]
    now += timedelta(seconds=1)
    last = octo.open_issue("octo/tools", title="last", author="maria").number
    url = f"{octo.api_url}/repos/octo/tools/issues?sort=updated&direction=asc&per_page=100"

    listed = [issue["number"] for issue in http.get(url).json()]

    assert sorted(listed[:-1]) == numbers
    assert listed[:-1] != numbers
    assert listed[-1] == last


def test_pages_drift_while_a_client_reads_them(octo: SimulatedGitHub, http: requests.Session) -> None:
    """What is new moves the rest on: the second page begins with what the first one ended with."""
    for index in range(4):
        octo.open_issue("octo/tools", title=f"Issue {index}", author="maria")
    url = f"{octo.api_url}/repos/octo/tools/issues?per_page=2"
    first = http.get(url)
    octo.open_issue("octo/tools", title="new", author="maria")
    second = http.get(first.links["next"]["url"])
    assert [[issue["title"] for issue in page.json()] for page in (first, second)] == [
        ["Issue 3", "Issue 2"],
        ["Issue 2", "Issue 1"],
    ]


def test_a_reaction_is_given_once(octo: SimulatedGitHub, http: requests.Session, number: int) -> None:
    """201 the first time, 200 with the same reaction after that."""
    comment = octo.comment("octo/tools", number, "/retry", by="maria")
    url = f"{octo.api_url}/repos/octo/tools/issues/comments/{comment.id}/reactions"
    answers = [http.post(url, json={"content": "eyes"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert [reaction.author for reaction in octo.reactions("octo/tools", comment=comment.id)] == ["bot"]


def test_closing_has_a_reason(octo: SimulatedGitHub, tools: Repository, number: int) -> None:
    octo.close_issue("octo/tools", number, reason="not_planned", by="maria")
    assert tools.get_issue(number).state_reason == "not_planned"
    octo.reopen_issue("octo/tools", number, by="maria")
    tools.get_issue(number).edit(state="closed")
    assert octo.issue("octo/tools", number).state_reason == "completed"
    assert [kind for kind, _ in kinds(octo, number)] == ["labeled", "closed", "reopened", "closed"]


def test_what_is_too_long_or_empty_is_refused(octo: SimulatedGitHub, tools: Repository, number: int) -> None:
    """65,536 characters pass, one more does not; nothing is changed by what is refused."""
    issue = tools.get_issue(number)
    assert len(issue.create_comment("x" * 65536).body) == 65536
    for body in ("x" * 65537, " "):
        with pytest.raises(GithubException) as refusal:
            issue.create_comment(body)
        assert refusal.value.status == 422
    with pytest.raises(GithubException):
        issue.edit(title="")
    assert len(octo.comments("octo/tools", number)) == 1


def test_a_deleted_issue_is_gone(octo: SimulatedGitHub, http: requests.Session, number: int) -> None:
    """410 for what was deleted, 404 for what never was; its number is not given again."""
    octo.delete_issue("octo/tools", number, by="maria")
    statuses = [
        http.get(f"{octo.api_url}/repos/octo/tools/issues/{asked}").status_code for asked in (number, 99, "none")
    ]
    assert statuses == [410, 404, 404]
    assert octo.open_issue("octo/tools", title="Next", author="maria").number == number + 1


def test_labels_of_a_stranger_are_dropped_in_silence(octo: SimulatedGitHub) -> None:
    """Over the API. On the web a template gives its labels to a stranger's issue, which `open_issue` does."""
    token = octo.add_token("stranger").value
    url = f"{octo.api_url}/repos/octo/tools/issues"
    headers = {"Authorization": f"token {token}"}
    made = requests.post(url, json={"title": "Do it", "labels": ["auto"]}, headers=headers, timeout=10)
    assert (made.status_code, made.json()["labels"]) == (201, [])
    number = made.json()["number"]
    refused = requests.post(f"{url}/{number}/labels", json=["auto"], headers=headers, timeout=10)
    assert refused.status_code == 403
    assert octo.open_issue("octo/tools", title="y", author="stranger", labels=["auto"]).labels == ("auto",)


def test_strange_texts_come_back_as_they_went(octo: SimulatedGitHub, tools: Repository) -> None:
    text = "emoji 🌙, \u202eright to left\u202c, `$(rm -rf /)`, <script>, line\nline\r\n"
    issue = tools.create_issue(title=text.replace("\n", " "), body=text)
    assert tools.get_issue(issue.number).body == text
    assert octo.issue("octo/tools", issue.number).body == text
