"""A night passes only if each change in review is shown as what the checks said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.rehearsal.observation import Observation
from tests.rehearsal.as_documented import pull_request_text, status
from tests.rehearsal.judged import GOOD, PULL, said


def with_verdict(standing: str | None, headline: str, first: str, *labels: str, draft: bool = False) -> Observation:
    told = f"{headline}\n\n**Next** (a maintainer): review #4."
    seen = replace(GOOD, comments=(status(standing=standing, text=told),))
    pull = replace(PULL, body=pull_request_text(verdict=first), draft=draft)
    return replace(seen, pull_requests=(pull,), issue=replace(seen.issue, labels=("auto", "auto:review", *labels)))


PART = "**Part 2 of 3**, merge #3 first. Built on it: #5. <!-- nightshift:stack -->"
NONE_FOUND = "**Not verified**: no checks were found. Name them."
NOT_RUN = "**Not verified**: `tox` could not run (tox: command not found). Say how."
FAILS = "**Fails as before**: `make` fails, as before."


def test_a_part_of_a_stack_says_first_which_part_it_is() -> None:
    seen = with_verdict("not verified", "not verified, #4 is ready", NONE_FOUND, "auto:not-verified")
    pull = replace(seen.pull_requests[0], body=f"{PART}\n\n{seen.pull_requests[0].body}")

    assert said(replace(seen, pull_requests=(pull,))) == []
    wrong = replace(pull, body=f"Part 2 of 3\n\n{seen.pull_requests[0].body}")
    assert said(replace(seen, pull_requests=(wrong,))) == ["pull request #4 does not begin with what the checks said"]


@pytest.mark.parametrize(
    "seen",
    [
        with_verdict("not verified", "not verified, #4 is ready", NONE_FOUND, "auto:not-verified"),
        with_verdict("not verified", "not verified, #4 is open", NOT_RUN, "auto:not-verified", draft=True),
        with_verdict(
            "not verified",
            "not verified, #4 is open",
            f"{NOT_RUN} It is not a draft only because this repository has no draft pull requests.",
            "auto:not-verified",
        ),
        with_verdict("fails as before", "fails as before, #4 is ready", FAILS, "auto:fails-as-before"),
    ],
)
def test_a_change_may_be_in_review_with_any_verdict_that_is_said(seen: Observation) -> None:
    assert said(seen) == []


@pytest.mark.parametrize(
    ("seen", "sentences"),
    [
        (
            with_verdict("not verified", "#4 is ready for review", NONE_FOUND, "auto:not-verified"),
            ["its status comment does not begin with 'not verified'"],
        ),
        (
            with_verdict("not verified", "not verified, #4 is ready", NONE_FOUND, "auto:verified"),
            ["expected the verdict's label auto:not-verified, found auto:verified"],
        ),
        (
            with_verdict("not verified", "not verified, #4 is ready", NONE_FOUND),
            ["expected the verdict's label auto:not-verified, found none"],
        ),
        (
            with_verdict("not verified", "not verified, #4 is open", NOT_RUN, "auto:not-verified"),
            ["pull request #4 is open for review, though its task failed or its checks could not run"],
        ),
        (
            with_verdict("verified", "verified, #4 is ready", NONE_FOUND, "auto:verified"),
            ["pull request #4 says 'not verified', its status comment 'verified'"],
        ),
        (
            with_verdict("verified", "verified, #4 is ready", "All is well.", "auto:verified"),
            ["pull request #4 does not begin with what the checks said"],
        ),
        (
            with_verdict(None, "#4 is ready for review", NONE_FOUND),
            ["its status comment does not say whether the change was verified"],
        ),
    ],
)
def test_a_change_that_is_not_verified_is_never_shown_as_one_that_is(seen: Observation, sentences: list[str]) -> None:
    """Not in the headline, not by its label, and not by a pull request that is open for review."""
    assert said(seen) == sentences


def test_a_scenario_can_say_which_verdict_it_expects() -> None:
    assert said(verdict="verified") == []
    assert said(verdict="not verified") == ["expected a change that is not verified, found verified"]


def with_draft(says: str) -> Observation:
    """A task that failed, whose work is in pull request 4."""
    text = f"failed, `task_blocked`\n\n{says}\n\n**Next** (a maintainer): comment `/retry`."
    comment = status("failed", failure="task_blocked", text=text)
    pull = replace(PULL, body=pull_request_text(verdict="**Failed**: `task_blocked`. It is blocked."), draft=True)
    issue = replace(GOOD.issue, labels=("auto", "auto:failed"))
    return replace(GOOD, comments=(comment,), pull_requests=(pull,), issue=issue)


def test_the_work_of_a_failure_is_named_as_a_draft() -> None:
    failed = {"state": "failed", "failure": "task_blocked"}
    named = "Its work is in [#4](http://github.example/octo/clock/pull/4), a draft."
    assert said(with_draft(named), **failed) == []
    assert said(with_draft("It is gone."), **failed) == [
        "its status comment does not say that its work is in the draft #4"
    ]
