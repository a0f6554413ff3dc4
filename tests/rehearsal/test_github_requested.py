"""Assignees and requested reviewers: who can be asked, what GitHub refuses, and who gets a mail for it."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.rehearsal.github.server import SimulatedGitHub

NAME = "octo/tools"


@pytest.fixture
def pull(octo: SimulatedGitHub, tools: Repository) -> PullRequest:
    octo.add_user("grace")
    octo.set_role(NAME, "grace", "read")
    octo.push_commit(NAME, "auto/1", {"a.txt": "a\n"}, by="bot")
    return tools.create_pull(base="main", head="auto/1", title="A")


def ask(octo: SimulatedGitHub, http: requests.Session, number: int, *, verb: str = "POST", **asked: list[str]) -> Any:
    return http.request(verb, f"{octo.api_url}/repos/{NAME}/pulls/{number}/requested_reviewers", json=asked)


def reasons(octo: SimulatedGitHub, login: str) -> list[str]:
    return [mail.reason for mail in octo.mails if mail.login == login]


def requested(tools: Repository, number: int) -> tuple[list[str], list[str]]:
    shown = tools.get_pull(number)
    return [each.login for each in shown.requested_reviewers], [each.slug for each in shown.requested_teams]


def test_a_person_is_asked_once_until_they_have_reviewed(
    octo: SimulatedGitHub, tools: Repository, http: requests.Session, pull: PullRequest
) -> None:
    """A second request for the same person tells them nothing; after a review it does."""
    for _ in range(2):
        assert ask(octo, http, pull.number, reviewers=["Maria"]).status_code == 201
    assert requested(tools, pull.number) == (["maria"], [])
    assert reasons(octo, "maria") == ["review_requested"]

    octo.review(NAME, pull.number, event="COMMENT", body="Hm.", by="maria")
    assert requested(tools, pull.number) == ([], [])
    ask(octo, http, pull.number, reviewers=["maria"])
    assert reasons(octo, "maria") == ["review_requested", "review_requested"]
    kinds = [event.kind for event in octo.history(NAME, pull.number)]
    assert kinds == ["review_requested", "review_requested"]


def test_a_request_that_is_taken_back_makes_no_mail_and_may_be_made_again(
    octo: SimulatedGitHub, tools: Repository, http: requests.Session, pull: PullRequest
) -> None:
    ask(octo, http, pull.number, reviewers=["maria"])
    assert ask(octo, http, pull.number, verb="DELETE", reviewers=["maria", "grace"]).status_code == 200
    assert requested(tools, pull.number) == ([], [])
    assert reasons(octo, "maria") == ["review_requested"]
    ask(octo, http, pull.number, reviewers=["maria"])
    assert reasons(octo, "maria") == ["review_requested", "review_requested"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"reviewers": ["maria", "stranger"]}, "only be requested from collaborators"),
        ({"reviewers": ["maria", "no-such-account"]}, "only be requested from collaborators"),
        ({"reviewers": ["maria"], "team_reviewers": ["nowhere"]}, "only be requested from collaborators"),
        ({"reviewers": ["maria", "bot"]}, "from pull request author"),
    ],
)
def test_one_who_cannot_be_asked_makes_github_refuse_them_all(
    octo: SimulatedGitHub,
    tools: Repository,
    http: requests.Session,
    pull: PullRequest,
    *,
    asked: Any,
    told: str,
) -> None:
    answer = ask(octo, http, pull.number, **asked)
    assert answer.status_code == 422
    assert told in answer.json()["message"]
    assert requested(tools, pull.number) == ([], [])
    assert reasons(octo, "maria") == []


def test_each_member_of_a_team_gets_a_mail_and_the_review_of_one_fulfils_it(
    octo: SimulatedGitHub, tools: Repository, http: requests.Session, pull: PullRequest
) -> None:
    octo.add_team("octo", "core", ("maria", "grace"))
    octo.add_team("octo", "far", ("maria",), repositories=("octo/else",))
    assert ask(octo, http, pull.number, team_reviewers=["core"]).status_code == 201
    assert ask(octo, http, pull.number, team_reviewers=["far"]).status_code == 422
    assert requested(tools, pull.number) == ([], ["core"])
    assert [reasons(octo, login) for login in ("maria", "grace")] == [["review_requested"]] * 2
    octo.review(NAME, pull.number, event="APPROVE", by="grace")
    assert requested(tools, pull.number) == ([], [])


def test_whom_github_cannot_assign_it_leaves_out_without_a_word(
    octo: SimulatedGitHub, tools: Repository, pull: PullRequest
) -> None:
    """A reader who has not taken part, and an account that is not there."""
    shown = tools.get_issue(pull.number)
    for _ in range(2):
        shown.add_to_assignees("maria", "grace", "no-such-account")
    assert [each.login for each in tools.get_issue(pull.number).assignees] == ["maria"]
    assert reasons(octo, "maria") == ["assign"]
    assert reasons(octo, "grace") == []
    octo.comment(NAME, pull.number, "I have an idea.", by="grace")
    shown.add_to_assignees("grace")
    assert [each.login for each in tools.get_issue(pull.number).assignees] == ["maria", "grace"]
    shown.remove_from_assignees("maria")
    assert [each.login for each in tools.get_issue(pull.number).assignees] == ["grace"]


def test_who_may_not_triage_asks_and_assigns_no_one(octo: SimulatedGitHub, pull: PullRequest) -> None:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"token {octo.add_token('stranger').value}"
        assert ask(octo, session, pull.number, reviewers=["maria"]).status_code == 403
        answer = session.post(
            f"{octo.api_url}/repos/{NAME}/issues/{pull.number}/assignees", json={"assignees": ["maria"]}
        )
        assert answer.json()["assignees"] == []
