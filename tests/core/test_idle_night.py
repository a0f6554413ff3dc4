"""When a night without a server is over, and what makes it a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.night import End, NightResult, NightStanding, explain_unusable_token, find_trouble, is_idle
from bot.core.pauses import Cause, Pause

QUIET = NightStanding(passes=1, all_read=True, claims=True, running=0, unread=False, unsent=False)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_night_is_over_when_nothing_moves() -> None:
    assert is_idle(QUIET)


@pytest.mark.parametrize(
    "still",
    [
        {"passes": 0},
        {"all_read": False},
        {"all_read": False, "passes": 2},
        {"claims": False},
        {"running": 1},
        {"unread": True},
        {"unsent": True},
    ],
)
def test_a_night_goes_on(still: dict[str, Any]) -> None:
    assert not is_idle(replace(QUIET, **still))


def test_a_repository_that_cannot_be_read_does_not_hold_the_night_for_ever() -> None:
    assert is_idle(replace(QUIET, all_read=False, passes=3))


@pytest.mark.parametrize("cause", Cause)
def test_a_pause_is_a_failure_if_a_person_has_to_mend_the_account(cause: Cause) -> None:
    pause = Pause(cause=cause, until=None, reason="No credit.", since=NOW)

    assert find_trouble([], pause) == (["No credit."] if cause in {Cause.ACCOUNT, Cause.GITHUB} else [])


def test_a_repository_that_was_never_read_is_a_failure() -> None:
    assert find_trouble(["octo/b", "octo/a"], None) == [
        "octo/a: GitHub did not show its issues",
        "octo/b: GitHub did not show its issues",
    ]
    assert find_trouble(None, None) == ["GitHub did not show which repositories there are"]


@pytest.mark.parametrize(
    ("end", "troubles", "failed"),
    [
        (End.IDLE, [], False),
        (End.TIME, [], False),
        (End.STOPPED, [], False),
        (End.FAILED, [], True),
        (End.IDLE, ["octo/a: GitHub did not show its issues"], True),
    ],
)
def test_what_the_exit_code_says(end: End, troubles: list[str], failed: bool) -> None:
    assert NightResult(end=end, minutes=1, troubles=troubles).has_failed is failed


def test_what_is_printed_at_the_end() -> None:
    row = {"repository": "octo/a", "issue": 4, "state": "in_review", "failure": None, "pull_request": 5}
    failed = {"repository": "octo/a", "issue": 6, "state": "failed", "failure": "stalled", "pull_request": None}
    tasks = [{**row, "cost_usd": 0.5}, {**failed, "cost_usd": 1}]
    result = NightResult(end=End.TIME, minutes=12.4, tasks=tasks, waiting=2, unsent=1, paused="no credit")

    assert result.lines() == [
        "octo/a#4: in review, pull request #5, $0.50",
        "octo/a#6: failed, stalled, $1.00",
        "The night ended after 12 min: its time is over. Worked on: 2. Still queued: 2; the queue waits: no credit; "
        "1 messages were not sent.",
    ]


@pytest.mark.parametrize(("token", "usable"), [("ghp_x", True), ("github_pat_x", True), ("ghs_x", False)])
def test_a_workflows_own_token_is_refused(token: str, usable: bool) -> None:
    """What is pushed with it starts no workflow: no pull request would have CI."""
    assert (explain_unusable_token(token) == "") is usable
