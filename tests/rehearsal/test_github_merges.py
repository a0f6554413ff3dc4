"""The ways of merging a pull request, and merges that no button made."""

from __future__ import annotations

import pytest
import requests

from bot.rehearsal.github.bare import Commit
from bot.rehearsal.github.records import PullRequest
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused

TOOLS = "octo/tools"


@pytest.fixture
def pull(octo: SimulatedGitHub) -> PullRequest:
    """Two commits of the bot's, of which `main` has none."""
    for name in ("one", "two"):
        octo.push_commit(TOOLS, "auto/1", {name: f"{name}\n"}, message=f"Add {name}\n\nFor a reason.", by="bot")
    return octo.open_pull_request(TOOLS, title="Both", body="Closes #9", head="auto/1", by="bot")


def commits(octo: SimulatedGitHub, span: str) -> tuple[Commit, ...]:
    return octo.world.repository(TOOLS).git.commits(span)


def ask_merge(http: requests.Session, octo: SimulatedGitHub, pull: PullRequest, **body: str) -> tuple[int, str]:
    answer = http.put(f"{octo.api_url}/repos/{TOOLS}/pulls/{pull.number}/merge", json=body)
    return answer.status_code, answer.json()["message"]


def test_a_squash_is_one_commit_on_the_base(octo: SimulatedGitHub, pull: PullRequest) -> None:
    before = octo.branches(TOOLS)["main"]
    merged = octo.merge_pull_request(TOOLS, pull.number, method="squash", by="maria")
    (made,) = commits(octo, f"{before}..main")
    assert (made.sha, made.parents, made.author) == (merged.merge_sha, (before,), "bot")
    listed = "* Add one\n\nFor a reason.\n\n* Add two\n\nFor a reason."
    assert made.message == f"Both (#{pull.number})\n\n{listed}"
    assert {"one", "two"} < octo.files(TOOLS, "main").keys()
    assert [event.kind for event in octo.history(TOOLS, pull.number)] == ["merged", "closed"]


def test_a_squash_of_one_commit_keeps_its_message(octo: SimulatedGitHub) -> None:
    octo.push_commit(TOOLS, "auto/1", {"one": "1\n"}, message="Add one\n\nFor a reason.", by="bot")
    pull = octo.open_pull_request(TOOLS, title="Another title", head="auto/1", by="bot")
    octo.merge_pull_request(TOOLS, pull.number, method="squash", by="maria")
    assert commits(octo, "main")[-1].message == f"Add one (#{pull.number})\n\nFor a reason."


def test_a_rebase_repeats_the_commits_under_new_names(octo: SimulatedGitHub, pull: PullRequest) -> None:
    """Even where the base has not moved; their authors and messages stay."""
    before, old = octo.branches(TOOLS)["main"], commits(octo, "main..auto/1")
    merged = octo.merge_pull_request(TOOLS, pull.number, method="rebase", by="maria")
    new = commits(octo, f"{before}..main")
    assert [(each.author, each.message, each.tree) for each in new] == [
        (each.author, each.message, each.tree) for each in old
    ]
    assert new[0].parents == (before,)
    assert new[-1].sha == merged.merge_sha == octo.branches(TOOLS)["main"]
    assert {each.sha for each in new}.isdisjoint({each.sha for each in old})


def test_what_conflicts_is_merged_in_no_way(octo: SimulatedGitHub, http: requests.Session, pull: PullRequest) -> None:
    main = octo.push_commit(TOOLS, "main", {"one": "another\n"}, by="maria")
    said = {"rebase": "This branch can't be rebased"}
    for method in ("merge", "squash", "rebase"):
        refusal = (405, said.get(method, "Pull Request is not mergeable"))
        assert ask_merge(http, octo, pull, merge_method=method) == refusal
    assert octo.branches(TOOLS)["main"] == main
    assert octo.issue(TOOLS, pull.number).state == "open"


@pytest.mark.parametrize(
    ("method", "setting", "kind"),
    [
        ("merge", "allow_merge_commit", "Merge commits"),
        ("squash", "allow_squash_merge", "Squash merges"),
        ("rebase", "allow_rebase_merge", "Rebase merges"),
    ],
)
def test_a_repository_allows_ways_to_merge(
    octo: SimulatedGitHub, http: requests.Session, method: str, setting: str, kind: str
) -> None:
    octo.push_commit(TOOLS, "auto/1", {"one": "1\n"}, by="bot")
    pull = octo.open_pull_request(TOOLS, title="One", head="auto/1", by="bot")
    octo.set_merging(TOOLS, **{setting: False})
    assert http.get(f"{octo.api_url}/repos/{TOOLS}").json()[setting] is False
    assert ask_merge(http, octo, pull, merge_method=method) == (405, f"{kind} are not allowed on this repository.")
    with pytest.raises(Refused, match="not allowed"):
        octo.merge_pull_request(TOOLS, pull.number, method=method, by="maria")
    octo.set_merging(TOOLS, **{setting: True})
    given = {"merge_method": method, "commit_title": "A title", "commit_message": "A text"}
    assert ask_merge(http, octo, pull, **given) == (200, "Pull Request successfully merged")
    assert (commits(octo, "main")[-1].message == "A title\n\nA text") is (method != "rebase")


def test_only_those_who_may_push_see_how_a_repository_merges(octo: SimulatedGitHub, http: requests.Session) -> None:
    stranger = {"Authorization": f"token {octo.add_token('stranger').value}"}
    url = f"{octo.api_url}/repos/{TOOLS}"
    assert http.get(url).json()["delete_branch_on_merge"] is False
    assert "delete_branch_on_merge" not in http.get(url, headers=stranger).json()


def test_what_reaches_its_base_otherwise_is_merged(octo: SimulatedGitHub, pull: PullRequest) -> None:
    """With one that contains it, or by a push."""
    octo.create_branch(TOOLS, "auto/2", "auto/1", by="bot")
    octo.push_commit(TOOLS, "auto/2", {"three": "3\n"}, by="bot")
    upper = octo.open_pull_request(TOOLS, title="All", head="auto/2", by="bot")
    octo.merge_pull_request(TOOLS, upper.number, by="maria")
    lower = octo.issue(TOOLS, pull.number)
    assert isinstance(lower, PullRequest)
    assert (lower.state, lower.merged_by, lower.merge_sha) == ("closed", "maria", octo.branches(TOOLS)["main"])


def test_a_head_without_new_commits_is_closed(octo: SimulatedGitHub, http: requests.Session, pull: PullRequest) -> None:
    """And reopened once it has them again."""
    url = f"{octo.api_url}/repos/{TOOLS}/git/refs/heads/auto/1"
    http.patch(url, json={"sha": octo.branches(TOOLS)["main"], "force": True}).raise_for_status()
    assert octo.issue(TOOLS, pull.number).state == "closed"
    with pytest.raises(Refused, match="422"):
        octo.reopen_pull_request(TOOLS, pull.number, by="maria")
    http.patch(url, json={"sha": pull.head_sha}).raise_for_status()
    octo.reopen_pull_request(TOOLS, pull.number, by="maria")
