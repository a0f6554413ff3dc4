"""The judge requires one comment that notifies the person whose turn it is, and a mention in no other text."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.rehearsal.github.records import Mail
from bot.rehearsal.judge import judge_issue
from bot.rehearsal.scenario import Expect
from tests.rehearsal.as_documented import NOTICE, status
from tests.rehearsal.judged import GOOD, labelled

TWICE = "ada is mentioned, though a request on the pull request notifies them already"
OVER = "No action is needed any more: #4 waited for a review."
NO_ONE = "It is the turn of a maintainer: review #4. No person is mentioned, because the operator approved this issue."


@pytest.mark.parametrize(
    ("notices", "unexpected"),
    [
        ((NOTICE,), []),
        ((NO_ONE,), []),
        ((OVER, OVER, NOTICE), []),
        ((), ["expected one comment that notifies the person whose turn it is, found 0"]),
        ((OVER,), ["expected one comment that notifies the person whose turn it is, found 0"]),
        ((NOTICE, NOTICE), ["expected one comment that notifies the person whose turn it is, found 2"]),
        ((NOTICE.replace("ada", "grace"),), ["expected a mention of ada, found grace"]),
        ((NOTICE.replace("review", "@grace: review"),), ["a comment of the bot mentions grace"]),
        ((NOTICE, f"{OVER} @ada"), ["a comment of the bot mentions ada"]),
        ((NOTICE, f"{OVER} `@ada` me@ada.example"), []),
    ],
)
def test_one_comment_notifies_the_person_whose_turn_it_is(notices: tuple[str, ...], unexpected: list[str]) -> None:
    """Once for the present rest; the comments of earlier ones are over. No other text mentions an account."""
    seen = replace(GOOD, comments=(*GOOD.comments, *notices))
    assert list(judge_issue(Expect(), seen)) == unexpected


@pytest.mark.parametrize(
    ("asked", "notices", "unexpected"),
    [
        ({"reviewers": ("ada",)}, (), []),
        ({"reviewers": ("ada",)}, (OVER,), []),
        ({"assignees": ("ada",)}, (), []),
        ({"reviewers": ("grace",)}, (), ["expected one comment that notifies the person whose turn it is, found 0"]),
        ({"reviewers": ("grace",)}, (NOTICE,), []),
        ({"reviewers": ("ada",), "draft": True}, (NOTICE,), []),
        ({"reviewers": ("ada",)}, (NOTICE,), [TWICE]),
        ({"assignees": ("ada",)}, (NOTICE,), [TWICE]),
        (
            {"reviewers": ("ada",), "state": "closed"},
            (),
            ["expected one comment that notifies the person whose turn it is, found 0"],
        ),
    ],
)
def test_a_request_on_the_pull_request_notifies_as_well(
    asked: dict[str, Any], notices: tuple[str, ...], unexpected: list[str]
) -> None:
    """And then no comment does besides."""
    (pull,) = GOOD.pull_requests
    seen = replace(GOOD, comments=(*GOOD.comments, *notices), pull_requests=(replace(pull, **asked),))
    assert list(judge_issue(Expect(), seen)) == unexpected


def test_who_has_reviewed_since_was_notified() -> None:
    assert list(judge_issue(Expect(), replace(GOOD, reviewed=frozenset({"ada"})))) == []


@pytest.mark.parametrize("failure", ["needs_info", "prompt_too_long", "dependency_cycle", "stalled"])
def test_the_author_is_notified_where_they_have_to_answer(failure: str) -> None:
    asks = "> 1. Which?\n\n" if failure == "needs_info" else ""
    text = f"failed, `{failure}`\n\n{asks}**Next** (somebody): comment `/retry`."
    comment = status("failed", failure=failure, text=text)
    label = "auto:question" if failure == "needs_info" else "auto:failed"
    seen = replace(
        GOOD,
        issue=replace(GOOD.issue, author="mallory", labels=("auto", label)),
        comments=(comment, NOTICE),
        pull_requests=(),
        files=None,
    )
    wrong = [] if failure == "stalled" else ["expected a mention of mallory, found ada"]
    assert list(judge_issue(Expect.model_validate({"state": "failed", "failure": failure}), seen)) == wrong


def test_what_waits_for_no_person_notifies_none() -> None:
    running = status("running", text="at work\n\nNothing to do for now.", standing=None)
    seen = replace(labelled("auto", "auto:running"), comments=(running, NOTICE), pull_requests=(), files=None)
    expect = Expect.model_validate({"state": "running"})

    assert list(judge_issue(expect, seen)) == ["a comment says whose turn it is, though no person has to act"]
    assert list(judge_issue(expect, replace(seen, comments=(running, OVER)))) == []


@pytest.mark.parametrize(
    ("login", "unexpected"),
    [("ada", []), ("ops", []), ("grace", ["the bot mentions grace, whose turn it cannot be"])],
)
def test_a_mention_reaches_who_can_have_the_turn(login: str, unexpected: list[str]) -> None:
    """Also who approved an issue that this one waited for: they merge that one's pull request."""
    mail = Mail(
        repository="octo/clock", number=1, login=login, reason="mention", event="commented", actor="nightshift-bot"
    )
    seen = replace(GOOD, comments=(*GOOD.comments, NOTICE), mails=(mail,), mergers=frozenset({"ops"}))
    assert list(judge_issue(Expect(), seen)) == unexpected
