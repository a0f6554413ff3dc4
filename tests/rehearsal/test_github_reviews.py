"""Reviews, comments on lines, threads and answers to them, as a client of GitHub's API meets them."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from github import GithubException
from github.PullRequest import PullRequest
from github.Repository import Repository

from bot.rehearsal.github.graphql import RESOLVED
from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.github.world import Refused

PATH = "src/clock.py"


@pytest.fixture
def pull(octo: SimulatedGitHub, tools: Repository) -> PullRequest:
    octo.push_commit("octo/tools", "auto/1", {PATH: "def now():\n    return 1\n"}, by="bot")
    return tools.create_pull(base="main", head="auto/1", title="Mend the clock", body="")


def on_line(octo: SimulatedGitHub, pull: PullRequest, body: str = "Why?", line: int = 2) -> int:
    return octo.comment_on_line("octo/tools", pull.number, PATH, line, body, by="maria").id


def resolved(octo: SimulatedGitHub, http: requests.Session, number: int, query: str = RESOLVED) -> Any:
    asked = {"query": query, "variables": {"owner": "octo", "name": "tools", "number": number, "after": None}}
    return json.loads(http.post(f"{octo.web_url}/api/graphql", json=asked, timeout=10).content)


def test_a_review_is_listed_with_its_comments(octo: SimulatedGitHub, pull: PullRequest) -> None:
    octo.review(
        "octo/tools",
        pull.number,
        event="REQUEST_CHANGES",
        body="Nearly.",
        comments=[OnLine(path=PATH, line=2, body="Not 1.")],
        by="maria",
    )

    (review,) = pull.get_reviews()
    assert (review.state, review.body, review.user.login) == ("CHANGES_REQUESTED", "Nearly.", "maria")
    (comment,) = pull.get_review_comments()
    assert (comment.path, comment.line, comment.body) == (PATH, 2, "Not 1.")
    assert comment.diff_hunk.splitlines()[-1] == "+    return 1"
    assert comment.pull_request_review_id == review.id


def test_an_answer_joins_the_thread(octo: SimulatedGitHub, pull: PullRequest) -> None:
    first = on_line(octo, pull)

    answer = pull.create_review_comment_reply(first, "Because.")

    assert answer.in_reply_to_id == first
    assert answer.diff_hunk
    octo.reply_to_review_comment("octo/tools", answer.id, "I see.", by="maria")
    assert [each.in_reply_to_id for each in pull.get_review_comments()] == [None, first, first]


def test_there_is_no_answer_to_an_answer(octo: SimulatedGitHub, pull: PullRequest) -> None:
    answer = pull.create_review_comment_reply(on_line(octo, pull), "Because.")

    with pytest.raises(GithubException) as refused:
        pull.create_review_comment_reply(answer.id, "And.")

    assert refused.value.status == 422


def test_a_comment_whose_file_changed_since_has_no_line(octo: SimulatedGitHub, pull: PullRequest) -> None:
    """GitHub knows the line of then alone."""
    on_line(octo, pull)
    octo.push_commit("octo/tools", "auto/1", {PATH: "def now():\n    return 2\n"}, by="maria")

    (comment,) = pull.get_review_comments()

    assert (comment.raw_data["line"], comment.original_line) == (None, 2)


def test_a_line_outside_of_the_diff_is_refused(octo: SimulatedGitHub, pull: PullRequest) -> None:
    with pytest.raises(Refused):
        on_line(octo, pull, line=99)


@pytest.mark.parametrize("event", ["APPROVE", "REQUEST_CHANGES"])
def test_an_author_may_only_comment_on_their_own(octo: SimulatedGitHub, pull: PullRequest, event: str) -> None:
    with pytest.raises(GithubException) as refused:
        pull.create_review(body="Fine.", event=event)

    assert refused.value.status == 422


def test_a_dismissed_review_counts_no_more(octo: SimulatedGitHub, pull: PullRequest) -> None:
    octo.review("octo/tools", pull.number, event="REQUEST_CHANGES", body="No.", by="maria")
    (review,) = pull.get_reviews()

    review.dismiss("A mistake")

    assert [each.state for each in pull.get_reviews()] == ["DISMISSED"]


def test_graphql_alone_shows_what_is_resolved(octo: SimulatedGitHub, pull: PullRequest, http: requests.Session) -> None:
    first, second = on_line(octo, pull), on_line(octo, pull, "And?")
    octo.resolve_thread("octo/tools", second, by="maria")

    threads = resolved(octo, http, pull.number)["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"]

    shown = {int(each["comments"]["nodes"][0]["fullDatabaseId"]): each["isResolved"] for each in threads}
    assert shown == {first: False, second: True}


def test_graphql_answers_errors_with_200(octo: SimulatedGitHub, pull: PullRequest, http: requests.Session) -> None:
    assert resolved(octo, http, 99)["errors"][0]["type"] == "NOT_FOUND"
    del http.headers["Authorization"]
    assert "message" in resolved(octo, http, pull.number)


def test_another_query_is_not_modelled(careless_github: SimulatedGitHub, http: requests.Session) -> None:
    assert "does not model" in resolved(careless_github, http, 1, "query{viewer{login}}")["message"]
    assert careless_github.unmodelled == ("POST /graphql query{viewer{login}}",)
    assert careless_github.exchanges[-1].status == 501


def test_reactions_to_a_comment_on_a_line(octo: SimulatedGitHub, pull: PullRequest) -> None:
    first = on_line(octo, pull)

    pull.get_review_comment(first).create_reaction("eyes")

    assert [each.content for each in octo.reactions("octo/tools", review_comment=first)] == ["eyes"]


def test_each_act_sends_its_webhook(octo: SimulatedGitHub, pull: PullRequest) -> None:
    octo.world.hooks.clear()
    told: list[str] = []
    tell = octo.world.tell

    def listen(*parts: Any) -> None:
        told.append(f"{parts[1]}.{parts[2]}")
        tell(*parts)

    octo.world.tell = listen
    octo.review("octo/tools", pull.number, event="REQUEST_CHANGES", body="No.", by="maria")
    first = on_line(octo, pull)
    octo.resolve_thread("octo/tools", first, by="maria")
    octo.resolve_thread("octo/tools", first, by="maria", resolved=False)
    octo.comment("octo/tools", pull.number, "Hm.", by="maria")

    assert told == [
        "pull_request_review.submitted",
        "pull_request_review.submitted",
        "pull_request_review_comment.created",
        "pull_request_review_thread.resolved",
        "pull_request_review_thread.unresolved",
        "issue_comment.created",
    ]
