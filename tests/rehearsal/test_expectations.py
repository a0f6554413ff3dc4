"""A night passes only if GitHub shows what was expected, and nothing besides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.core.failures import FailureKind
from bot.core.labels import LabelSet
from bot.core.messages import STATUS_TAG, StatusView, status_comment
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Snapshot, State, Task
from bot.rehearsal.expectations import Seen, unexpected
from bot.rehearsal.github.records import Issue, PullRequest
from bot.rehearsal.outcome import outcome_of
from bot.rehearsal.scenario import Expect

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def task(state: State = State.IN_REVIEW, failure: FailureKind | None = None) -> Task:
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 3),
        state=state,
        failure=failure,
        detail="no example" if failure else "",
        snapshot=Snapshot(title="Fix it", body=""),
        pull_request=4 if state is State.IN_REVIEW else None,
        created_at=NOON,
        updated_at=NOON,
    )


PULL = PullRequest(
    id=1,
    pull_id=1,
    number=4,
    title="Fix it",
    body="Closes #3",
    author="bot",
    head="auto/3",
    base="main",
    head_sha="a" * 40,
    base_sha="b" * 40,
    created_at=NOON,
    updated_at=NOON,
)
GOOD = Seen(
    issue=Issue(
        id=1,
        number=3,
        title="Fix it",
        body="",
        author="ada",
        labels=("auto", "auto:review"),
        created_at=NOON,
        updated_at=NOON,
    ),
    comments=(status_comment(StatusView(task=task())),),
    pull_requests=(PULL,),
    files={"a.py": b"x = 1\n"},
)


def said(seen: Seen = GOOD, found: Task | None = None, **expect: Any) -> list[str]:
    now = found or task()
    return list(unexpected(Expect.model_validate(expect), seen, now, outcome_of(now, []), LabelSet("auto")))


def labelled(*labels: str) -> Seen:
    return replace(GOOD, issue=replace(GOOD.issue, labels=labels))


def test_a_night_that_went_as_expected_has_nothing_to_say() -> None:
    """State, label, status comment, pull request, files: all in order."""
    assert said(files={"a.py": "x = 1\n", "b.py": None}, comment=["#4"]) == []


def test_another_outcome_is_told_with_its_reason() -> None:
    """Whoever reads it sees the failure and its evidence at once."""
    failed = task(State.FAILED, FailureKind.TASK_BLOCKED)
    seen = replace(labelled("auto", "auto:failed"), comments=(status_comment(StatusView(task=failed)),))

    assert said(seen, failed) == ["expected in_review, found failed (task_blocked: no example)"]
    assert "expected needs_info, found task_blocked: no example" in said(
        seen, failed, state="failed", failure="needs_info"
    )


def test_the_ledger_has_to_agree_with_github() -> None:
    """What counts is what people see; books that say anything else are unexpected."""
    assert said(found=task(State.FAILED, FailureKind.TASK_BLOCKED)) == [
        "the ledger says failed (task_blocked: no example), not in_review"
    ]
    assert list(unexpected(Expect(), GOOD, None, None, LabelSet("auto"))) == [
        "the ledger has no such task, which is in_review"
    ]


def test_a_task_that_waits_for_another_is_labelled_so() -> None:
    """Whether it does, its status comment says."""
    waiting = replace(task(State.QUEUED), blockers=(Blocker(issue=IssueRef("octo/clock", 2)),))
    seen = replace(GOOD, comments=(status_comment(StatusView(task=waiting)),), pull_requests=(), files=None)
    labels = ("auto", "auto:blocked")

    assert said(replace(seen, issue=replace(GOOD.issue, labels=labels)), waiting, state="queued") == []
    assert said(seen, waiting, state="queued") == ["expected the state label auto:blocked, found auto:review"]


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (("auto",), "none"),
        (("auto", "auto:running"), "auto:running"),
        (("auto:review", "auto:running"), "auto:review, auto:running"),
    ],
)
def test_exactly_the_one_state_label_is_on_the_issue(labels: tuple[str, ...], found: str) -> None:
    """None, a wrong one, and one too many are all unexpected."""
    assert said(labelled(*labels)) == [f"expected the state label auto:review, found {found}"]


def test_there_is_one_status_comment_and_it_says_what_it_should() -> None:
    """A second status comment, none, a stale hidden block, and missing words are all unexpected."""
    (status,) = GOOD.comments

    assert said(replace(GOOD, comments=(status, status))) == ["expected one status comment, found 2"]
    assert said(replace(GOOD, comments=())) == ["expected one status comment, found 0"]
    assert said(comment=["no such words"]) == ["its status comment does not say 'no such words'"]
    assert said(replace(GOOD, comments=(STATUS_TAG,))) == ["the hidden block of its status comment cannot be read"]
    stale = status_comment(StatusView(task=task(State.RUNNING)))
    assert said(replace(GOOD, comments=(stale,))) == [
        "expected in_review, found running",
        "expected the state label none, found auto:review",
        "the ledger says in_review, not running",
    ]


def test_the_bot_says_nothing_that_nobody_expected() -> None:
    """Silence is the rule: each further comment has to be listed, in its order."""
    talking = replace(GOOD, comments=(*GOOD.comments, "did you mean /retry?"))

    assert said(talking) == ["nobody expected the bot's comment 'did you mean /retry?'"]
    assert said(talking, replies=["did you mean"]) == []
    assert said(talking, replies=["other"]) == ["the bot's comment 'did you mean /retry?' does not say 'other'"]
    assert said(replies=["did you mean"]) == ["the bot did not comment 'did you mean'"]


def test_the_pull_request_is_the_issues_own() -> None:
    """Its number, title and closing line; none where none belongs, and never two."""
    assert said(replace(GOOD, pull_requests=())) == ["expected one pull request, found none"]
    assert said(pull_request=False) == ["expected no pull request, found #4"]
    twice = replace(GOOD, pull_requests=(PULL, replace(PULL, number=5)))
    assert said(twice) == ["expected one pull request, found #4, #5"]
    foreign = replace(GOOD, pull_requests=(replace(PULL, title="Other", body="Closes #33"),))
    assert said(foreign) == [
        "pull request #4 is called 'Other', not 'Fix it'",
        "pull request #4 does not say that it closes #3",
    ]


def test_a_title_that_no_pull_request_can_bear_is_compared_as_people_see_it() -> None:
    """Line breaks, characters that show nothing, and what is beyond GitHub's limit do not count."""
    odd = replace(GOOD, issue=replace(GOOD.issue, title="Fix\n\u202e\u200bit" + " now" * 100))
    cut = replace(odd, pull_requests=(replace(PULL, title="Fix it now now…"),))

    assert said(cut) == []


def test_the_branch_holds_the_expected_files() -> None:
    """Content, absence and the branch itself are looked at in git."""
    assert said(files={"a.py": "x = 2\n"}) == ["a.py is not as expected: it holds 'x = 1'"]
    assert said(files={"b.py": ""}) == ["b.py is not as expected: it is not there"]
    assert said(files={"a.py": None}) == ["a.py is not as expected: it holds 'x = 1'"]
    assert said(replace(GOOD, files=None), files={"a.py": ""}) == ["its branch was not pushed"]


def test_attempts_and_refusals_are_counted() -> None:
    """What GitHub cannot show is asked of the ledger."""
    assert said(attempts=2, refused=1) == [
        "expected 2 attempts, found 0",
        "expected 1 refusals of the gate at least, found 0",
    ]


def test_an_issue_that_must_start_nothing_is_held_to_that() -> None:
    """A stranger's issue gets its one answer, and nothing else."""
    alone = replace(GOOD, comments=("no write permission",), pull_requests=(), files=None)
    stranger = Expect(task=False, replies=("no write permission",))

    assert list(unexpected(stranger, alone, None, None, LabelSet("auto"))) == []
    assert list(unexpected(stranger, replace(GOOD, comments=alone.comments), task(), None, LabelSet("auto"))) == [
        "it became a task, which is in_review",
        "it was to be left alone, but has a status comment, a branch or a pull request",
    ]
    assert list(unexpected(Expect(), replace(GOOD, comments=()), None, None, LabelSet("auto"))) == [
        "it did not become a task"
    ]
