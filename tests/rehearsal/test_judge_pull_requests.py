"""On pull requests a night passes only if each request was acknowledged and each comment of the bot was expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from bot.rehearsal.github.reviews import OnLine
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import CommandSeen, Observation, ReviewSeen, observe
from tests.rehearsal.as_documented import acknowledge
from tests.rehearsal.judged import GOOD, said

CLOCK, BOT = "octo/clock", "nightshift-bot"
WRITERS = {"ada": True, "mallory": False}


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    """Issue 1 with its pull request 2."""
    with SimulatedGitHub(tmp_path) as running:
        for login in (*WRITERS, "grace", BOT):
            running.add_user(login)
        running.add_repository(CLOCK, files={"a.py": "x = 1\n"})
        running.set_role(CLOCK, BOT, "write")
        running.open_issue(CLOCK, title="Fix it", author="ada")
        running.push_commit(CLOCK, "auto/1", {"a.py": "x = 2\n"}, by=BOT)
        running.open_pull_request(CLOCK, title="Fix it", head="auto/1", by=BOT)
        yield running


def look(github: SimulatedGitHub) -> Observation:
    """Whether `grace` may write is not known: her role changed."""
    return observe(github, CLOCK, 1, bot=BOT, may_write=WRITERS.get, sessions=1)


def judge_alone(seen: Observation) -> list[str]:
    """What people asked for on the pull request and what the bot said there, in a night that is right otherwise."""
    return said(replace(GOOD, commands=seen.commands, reviews=seen.reviews, pull_comments=seen.pull_comments))


def acknowledge_line(github: SimulatedGitHub, comment: int) -> None:
    answer = requests.post(
        f"{github.api_url}/repos/{CLOCK}/pulls/comments/{comment}/reactions",
        json={"content": "eyes"},
        headers={"Authorization": f"token {github.add_token(BOT).value}"},
        timeout=10,
    )
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "line", ["/revise Use a set.", "/retry", "/retry turns=9", "/cancel", "/status", "/help", "/go"]
)
def test_a_command_in_a_comment_gets_its_eyes(github: SimulatedGitHub, line: str) -> None:
    comment = github.comment(CLOCK, 2, f"Nearly.\n{line}", by="ada")
    assert judge_alone(look(github)) == [f"the command {line!r} of ada on pull request #2 has no 👀"]

    acknowledge(github, CLOCK, comment.id)
    assert judge_alone(look(github)) == []


@pytest.mark.parametrize("line", ["/revise Use a set.", "/retry", "/cancel", "/status"])
def test_a_command_on_a_line_gets_its_eyes(github: SimulatedGitHub, line: str) -> None:
    """Whether it begins a thread or answers in one, and whichever number a comment elsewhere has."""
    first = github.comment_on_line(CLOCK, 2, "a.py", 1, "Why?", by="ada")
    second = github.reply_to_review_comment(CLOCK, first.id, line, by="ada")
    third = github.comment_on_line(CLOCK, 2, "a.py", 1, line, by="ada")
    missing = f"the command {line!r} of ada on pull request #2 has no 👀"
    assert judge_alone(look(github)) == [missing, missing]

    acknowledge_line(github, second.id)
    assert judge_alone(look(github)) == [missing]
    acknowledge_line(github, third.id)
    assert judge_alone(look(github)) == []


def test_a_command_of_a_person_who_may_not_write_gets_no_eyes(github: SimulatedGitHub) -> None:
    comment = github.comment(CLOCK, 2, "/retry", by="mallory")
    line = github.comment_on_line(CLOCK, 2, "a.py", 1, "/retry", by="mallory")
    unknown = github.comment(CLOCK, 2, "/retry", by="grace")
    assert judge_alone(look(github)) == []

    acknowledge(github, CLOCK, comment.id)
    acknowledge(github, CLOCK, unknown.id)
    acknowledge_line(github, line.id)
    sentence = "the command '/retry' of mallory on pull request #2, who may not give any, has a 👀"
    assert judge_alone(look(github)) == [sentence, sentence]


def test_eyes_of_another_account_do_not_count(github: SimulatedGitHub) -> None:
    acknowledge(github, CLOCK, github.comment(CLOCK, 2, "/retry", by="ada").id, by="grace")

    assert judge_alone(look(github)) == ["the command '/retry' of ada on pull request #2 has no 👀"]


@pytest.mark.parametrize(
    ("event", "body", "line"),
    [
        ("REQUEST_CHANGES", "Use a set.", "/revise"),
        ("REQUEST_CHANGES", "Use a set.\n/retry turns=9", "/retry turns=9"),
        ("COMMENT", "/revise Use a set.", "/revise Use a set."),
        ("APPROVE", "/status", "/status"),
    ],
)
def test_a_review_that_asks_for_something_is_answered(
    github: SimulatedGitHub, event: str, body: str, line: str
) -> None:
    review = github.review(CLOCK, 2, event=event, body=body, by="ada")
    missing = f"the review of ada on pull request #2, which asks for {line!r}, has no answer"
    assert judge_alone(look(github)) == [missing]

    answer = "**Nightshift** has read the review.\n\n<!-- nightshift:reply review:{} -->"
    github.comment(CLOCK, 2, answer.format(review.id), by="mallory")
    github.comment(CLOCK, 2, answer.format(review.id + 1), by=BOT)
    assert said(replace(GOOD, reviews=look(github).reviews)) == [missing]
    github.comment(CLOCK, 2, answer.format(review.id), by=BOT)
    assert said(replace(GOOD, reviews=look(github).reviews)) == []


def test_other_reviews_need_no_answer(github: SimulatedGitHub) -> None:
    """An approval, a remark, what a stranger requests, and a `/cancel`, which the status comment shows."""
    github.review(CLOCK, 2, event="APPROVE", body="Fine.", by="ada")
    github.review(CLOCK, 2, comments=[OnLine(path="a.py", line=1, body="Why?")], by="ada")
    github.review(CLOCK, 2, event="COMMENT", body="/cancel", by="ada")
    stranger = github.review(CLOCK, 2, event="REQUEST_CHANGES", body="No.", by="mallory")
    github.review(CLOCK, 2, event="REQUEST_CHANGES", body="No.", by="grace")
    assert judge_alone(look(github)) == []

    github.comment(CLOCK, 2, f"Read.\n\n<!-- nightshift:reply review:{stranger.id} -->", by=BOT)
    assert said(replace(GOOD, reviews=look(github).reviews)) == [
        "the review of mallory on pull request #2, which asks for '/revise', has an answer, "
        "though its author may not give commands"
    ]


def test_each_text_of_the_bot_on_a_pull_request_was_expected(github: SimulatedGitHub) -> None:
    """Comments, comments on lines and reviews; those of people are their own."""
    thread = github.comment_on_line(CLOCK, 2, "a.py", 1, "Why?", by="ada")
    github.reply_to_review_comment(CLOCK, thread.id, "Answered in 1234567.", by=BOT)
    github.comment(CLOCK, 2, "Revised.", by=BOT)
    github.comment(CLOCK, 2, "Thanks.", by="ada")
    github.review(CLOCK, 2, body="I looked at it.", by=BOT)
    seen = replace(GOOD, pull_comments=look(github).pull_comments)

    assert said(seen, pull_replies=["Revised", "Answered in", "looked"]) == []
    assert said(seen, pull_replies=["Revised", "other"]) == [
        "on the pull request, the bot's comment 'Answered in 1234567.' does not say 'other'",
        "on the pull request, the bot's comment 'I looked at it.' was not expected",
    ]
    assert len(said(seen)) == 3
    follows = "**Nightshift** merged `main` into this: `1234567`. Git found no conflict in it."
    both = replace(seen, pull_comments=(follows, *seen.pull_comments, follows))
    assert said(both, pull_replies=["Revised", "Answered in", "looked"], may_follow=True) == []
    assert len(said(both, pull_replies=["Revised", "Answered in", "looked"])) == 5
    assert said(pull_replies=["Revised"]) == ["on the pull request, the bot did not comment 'Revised'"]
    untouched = replace(GOOD, comments=(), pull_requests=(), files=None, pull_comments=("Hello",))
    assert said(untouched, task=False) == ["on the pull request, the bot's comment 'Hello' was not expected"]


@pytest.mark.parametrize("text", ["Revised, @ada.", "@ada, it is your turn: review #4."])
def test_no_text_on_a_pull_request_mentions_an_account(text: str) -> None:
    """The notice stands on the issue."""
    seen = replace(GOOD, pull_comments=(text,))
    assert said(seen, pull_replies=[text]) == ["a comment of the bot on the pull request mentions ada"]


def test_a_pull_request_of_another_branch_is_not_the_issues(github: SimulatedGitHub) -> None:
    github.push_commit(CLOCK, "auto/11", {"a.py": "x = 3\n"}, by=BOT)
    other = github.open_pull_request(CLOCK, title="Other", head="auto/11", by=BOT).number
    github.comment(CLOCK, other, "/retry", by="ada")
    github.comment(CLOCK, other, "Hello", by=BOT)
    github.review(CLOCK, other, event="REQUEST_CHANGES", body="No.", by="ada")

    seen = look(github)

    assert (seen.commands, seen.reviews, seen.pull_comments) == ((), (), ())


def test_what_was_asked_on_the_issue_is_kept_apart(github: SimulatedGitHub) -> None:
    github.comment(CLOCK, 1, "/retry", by="ada")
    github.comment(CLOCK, 2, "/revise Better.", by="ada")
    github.review(CLOCK, 2, body="/status", by="mallory")

    seen = look(github)

    assert seen.commands == (
        CommandSeen(line="/retry", author="ada", may_write=True),
        CommandSeen(line="/revise Better.", author="ada", may_write=True, pull_request=2),
    )
    assert seen.reviews == (ReviewSeen(line="/status", author="mallory", may_write=False, pull_request=2),)
