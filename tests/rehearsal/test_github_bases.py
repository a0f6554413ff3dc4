"""Pull requests that are based on each other: how a base moves, how it is lost, and what can be reopened after that."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused

TOOLS = "octo/tools"

Chain = tuple[PullRequest, PullRequest]


@pytest.fixture
def chain(octo: SimulatedGitHub) -> Chain:
    """`auto/2` is based on `auto/1`, which is based on `main`; each closes an issue."""
    issues = [octo.open_issue(TOOLS, title=title, author="stranger").number for title in ("One", "Two")]
    octo.push_commit(TOOLS, "auto/1", {"one": "1\n"}, by="bot")
    octo.create_branch(TOOLS, "auto/2", "auto/1", by="bot")
    octo.push_commit(TOOLS, "auto/2", {"two": "2\n"}, by="bot")
    lower, upper = (
        octo.open_pull_request(
            TOOLS, title=f"Part {part}", body=f"Closes #{issues[part - 1]}", head=f"auto/{part}", base=base, by="bot"
        )
        for part, base in ((1, "main"), (2, "auto/1"))
    )
    return lower, upper


def now(octo: SimulatedGitHub, pull: PullRequest) -> PullRequest:
    found = octo.issue(TOOLS, pull.number)
    assert isinstance(found, PullRequest)
    return found


def events(octo: SimulatedGitHub, pull: PullRequest) -> list[str]:
    return [event.kind for event in octo.history(TOOLS, pull.number)]


def patch(http: requests.Session, octo: SimulatedGitHub, pull: PullRequest, **body: Any) -> tuple[int, list[str]]:
    """The status, and what is wrong with which field."""
    answer = http.patch(f"{octo.api_url}/repos/{TOOLS}/pulls/{pull.number}", json=body)
    return answer.status_code, [f"{error['field']}: {error['message']}" for error in answer.json().get("errors", [])]


def show(http: requests.Session, octo: SimulatedGitHub, path: str) -> Any:
    return http.get(f"{octo.api_url}/repos/{TOOLS}/{path}").json()


def test_a_pull_request_moves_to_another_base(octo: SimulatedGitHub, http: requests.Session, chain: Chain) -> None:
    """Its files, its commits and whether it can be merged follow; a webhook tells where it was."""
    _, upper = chain
    octo.add_webhook("http://127.0.0.1:9/", "secret", repositories=(TOOLS,))
    here = f"pulls/{upper.number}"
    assert [each["filename"] for each in show(http, octo, f"{here}/files")] == ["two"]
    assert [show(http, octo, here)["mergeable"] for _ in range(2)] == [None, True]

    assert patch(http, octo, upper, base="main") == (200, [])

    assert [each["filename"] for each in show(http, octo, f"{here}/files")] == ["one", "two"]
    assert len(show(http, octo, f"{here}/commits")) == 2
    shown = [show(http, octo, here) for _ in range(2)]
    assert [each["mergeable"] for each in shown] == [None, True]
    assert shown[0]["base"]["sha"] == octo.branches(TOOLS)["main"]
    assert [each["event"] for each in show(http, octo, f"issues/{upper.number}/timeline")] == ["base_ref_changed"]
    octo.wait_delivered()
    told = json.loads(octo.deliveries[-1].body)
    assert told["action"] == "edited"
    assert told["changes"] == {"base": {"ref": {"from": "auto/1"}, "sha": {"from": upper.base_sha}}}

    assert patch(http, octo, upper, base="main") == (200, [])
    octo.wait_delivered()
    assert json.loads(octo.deliveries[-1].body) == told


def test_a_base_that_github_refuses(octo: SimulatedGitHub, http: requests.Session, chain: Chain) -> None:
    lower, upper = chain
    octo.create_branch(TOOLS, "all", "auto/2", by="bot")
    other = octo.open_pull_request(TOOLS, title="Two at once", head="auto/2", by="bot")
    nothing_new = "base: There are no new commits between base branch '{}' and head branch 'auto/2'"
    for base, said in {
        "gone": "base: Proposed base branch 'gone' was not found",
        "auto/2": nothing_new.format("auto/2"),
        "all": nothing_new.format("all"),
        "main": "base: A pull request already exists for base branch 'main' and head branch 'auto/2'",
    }.items():
        assert patch(http, octo, upper, base=base) == (422, [said])
    closed = (422, ["base: Cannot change the base branch of a closed pull request."])
    assert patch(http, octo, other, base="auto/1", state="closed") == closed
    assert now(octo, other).state == "closed"
    assert patch(http, octo, other, base="auto/1", state="open") == closed
    assert (now(octo, other).state, now(octo, other).base) == ("closed", "main")
    assert events(octo, upper) == events(octo, lower) == []


@pytest.mark.parametrize("by", ["push", "api"])
def test_a_deleted_base_closes_what_is_based_on_it(
    octo: SimulatedGitHub, http: requests.Session, chain: Chain, by: str
) -> None:
    """Even after a merge. It can be reopened, and moved then, only once the branch is there again."""
    lower, upper = chain
    merged = octo.merge_pull_request(TOOLS, lower.number, method="squash", by="maria")
    if by == "push":
        octo.delete_branch(TOOLS, "auto/1", by="maria")
    else:
        assert http.delete(f"{octo.api_url}/repos/{TOOLS}/git/refs/heads/auto/1").status_code == 204
    assert (now(octo, upper).state, now(octo, upper).merged_at) == ("closed", None)
    assert events(octo, upper) == ["base_ref_deleted", "closed"]
    closed = (422, ["base: Cannot change the base branch of a closed pull request."])
    assert patch(http, octo, upper, base="main") == closed
    gone = "state cannot be changed. The auto/1 branch has been deleted."
    assert patch(http, octo, upper, state="open") == (422, [f"state: {gone}"])
    as_issue = http.patch(f"{octo.api_url}/repos/{TOOLS}/issues/{upper.number}", json={"state": "open"})
    assert (as_issue.status_code, as_issue.json()["errors"][0]["message"]) == (422, gone)

    octo.create_branch(TOOLS, "auto/1", lower.head_sha, by="bot")
    assert patch(http, octo, upper, state="open") == (200, [])
    assert patch(http, octo, upper, base="main") == (200, [])
    assert now(octo, upper).base_sha == merged.merge_sha
    assert events(octo, upper)[2:] == ["reopened", "base_ref_changed"]


@pytest.mark.parametrize("setting", [True, False], ids=["on merge", "by the button"])
def test_a_branch_that_is_deleted_after_its_merge_hands_on_its_base(
    octo: SimulatedGitHub, chain: Chain, setting: bool
) -> None:
    lower, upper = chain
    octo.set_merging(TOOLS, delete_branch_on_merge=setting)
    octo.merge_pull_request(TOOLS, lower.number, by="maria")
    if not setting:
        assert now(octo, upper).base == "auto/1"
        octo.delete_head_branch(TOOLS, lower.number, by="maria")
    assert "auto/1" not in octo.branches(TOOLS)
    assert (now(octo, upper).state, now(octo, upper).base) == ("open", "main")
    assert events(octo, upper) == ["automatic_base_change_succeeded"]


def test_a_base_that_cannot_be_handed_on_closes_what_is_based_on_it(octo: SimulatedGitHub, chain: Chain) -> None:
    lower, upper = chain
    octo.set_merging(TOOLS, delete_branch_on_merge=True)
    octo.open_pull_request(TOOLS, title="Two at once", head="auto/2", by="bot")
    octo.merge_pull_request(TOOLS, lower.number, by="maria")
    assert events(octo, upper) == ["automatic_base_change_failed", "base_ref_deleted", "closed"]


def test_github_can_be_too_late_with_the_new_base(octo: SimulatedGitHub, chain: Chain) -> None:
    lower, upper = chain
    octo.set_merging(TOOLS, delete_branch_on_merge=True)
    octo.delay_base_changes(TOOLS)
    octo.merge_pull_request(TOOLS, lower.number, by="maria")
    assert events(octo, upper) == ["base_ref_deleted", "closed"]


def test_an_open_pull_request_has_no_button_that_deletes_its_branch(octo: SimulatedGitHub, chain: Chain) -> None:
    with pytest.raises(Refused, match="no button"):
        octo.delete_head_branch(TOOLS, chain[0].number, by="maria")
    octo.close_pull_request(TOOLS, chain[0].number, by="maria")
    octo.delete_head_branch(TOOLS, chain[0].number, by="maria")
    assert events(octo, chain[1]) == ["base_ref_deleted", "closed"]


def test_the_issue_is_closed_once_the_description_is_saved_on_the_default_branch(
    octo: SimulatedGitHub, http: requests.Session, chain: Chain
) -> None:
    """A new base alone links nothing, and neither do the same words, saved again."""
    lower, upper = chain
    assert (now(octo, lower).closes, now(octo, upper).closes) == ((1,), ())
    octo.set_merging(TOOLS, delete_branch_on_merge=True)
    octo.merge_pull_request(TOOLS, lower.number, by="maria")
    assert octo.issue(TOOLS, 1).state == "closed"
    assert now(octo, upper).base == "main"
    assert patch(http, octo, upper, body=upper.body) == (200, [])
    assert now(octo, upper).closes == ()
    assert patch(http, octo, upper, body=f"{upper.body}\n\nOn its own.") == (200, [])
    assert now(octo, upper).closes == (2,)
    octo.merge_pull_request(TOOLS, upper.number, by="maria")
    assert octo.issue(TOOLS, 2).state == "closed"


def test_a_merge_into_another_branch_closes_no_issue(octo: SimulatedGitHub, chain: Chain) -> None:
    lower, upper = chain
    octo.edit_issue(TOOLS, upper.number, body="Closes #2 and #1", by="bot")
    octo.merge_pull_request(TOOLS, upper.number, by="maria")
    assert octo.issue(TOOLS, 2).state == "open"
    assert now(octo, lower).head_sha == octo.branches(TOOLS)["auto/1"] == now(octo, upper).merge_sha


@pytest.mark.parametrize(("reopens", "path"), [(True, "more"), (False, None)], ids=["more commits", "a force-push"])
def test_a_closed_pull_request_is_reopened_only_on_top_of_its_head(
    octo: SimulatedGitHub,
    http: requests.Session,
    chain: Chain,
    reopens: bool,
    path: str | None,
) -> None:
    _, upper = chain
    octo.close_pull_request(TOOLS, upper.number, by="maria")
    if path is None:
        octo.delete_branch(TOOLS, "auto/2", by="bot")
        octo.create_branch(TOOLS, "auto/2", "auto/1", by="bot")
        path = "two"
    head = octo.push_commit(TOOLS, "auto/2", {path: "3\n"}, by="bot")
    answer = patch(http, octo, upper, state="open")
    if reopens:
        assert answer == (200, [])
        assert (now(octo, upper).state, now(octo, upper).head_sha) == ("open", head)
    else:
        assert answer == (422, ["state: state cannot be changed. The auto/2 branch was force-pushed or recreated."])


def test_there_is_one_open_pull_request_between_two_branches(
    octo: SimulatedGitHub, http: requests.Session, chain: Chain
) -> None:
    lower, _ = chain
    octo.close_pull_request(TOOLS, lower.number, by="maria")
    octo.open_pull_request(TOOLS, title="Again", head="auto/1", by="bot")
    said = "state: state cannot be changed. There is already an open pull request from auto/1 to main."
    assert patch(http, octo, lower, state="open") == (422, [said])
