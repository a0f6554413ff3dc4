"""The closed list of failures: each is somebody's turn, with a next step."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.core.commands import Retry, parse_command
from bot.core.failure_columns import Urgency
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, TaskFailed, Turn
from bot.core.pauses import Cause


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_has_a_policy(kind: FailureKind) -> None:
    """A sentence that ends, a next step that does not, and no exclamation mark."""
    rule = policy(kind)

    assert rule.sentence.endswith(".")
    assert not rule.next_step.endswith(".")
    assert rule.next_step[0].islower()
    assert "!" not in rule.sentence + rule.next_step
    assert rule.turn in Turn


@pytest.mark.parametrize("kind", FailureKind)
def test_every_command_that_is_proposed_works(kind: FailureKind) -> None:
    """A next step that is refused would be worse than none."""
    for proposed in re.findall(r"`(/[^`]+)`", policy(kind).next_step):
        assert isinstance(parse_command(proposed), Retry)


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_that_nightshift_handles_is_retried(kind: FailureKind) -> None:
    """Where it is Nightshift's turn, something happens by itself."""
    rule = policy(kind)

    assert rule.turn is not Turn.NIGHTSHIFT or rule.retries > 0


@pytest.mark.parametrize("kind", FailureKind)
def test_the_columns_of_a_row_agree(kind: FailureKind) -> None:
    """A pause cannot show that the account works, ends some time, and keeps what was paid for; a wait precedes a
    retry."""
    rule = policy(kind)

    assert rule.pauses in {None, Cause.ACCOUNT, Cause.USAGE_LIMIT}
    assert not rule.pauses or (rule.keeps_work and rule.retries and not rule.shows_account_works)
    assert rule.pauses is not Cause.USAGE_LIMIT or rule.wait > timedelta()
    assert not rule.wait or rule.retries
    assert bool(rule.remedy) == (rule.pauses is Cause.ACCOUNT)


@pytest.mark.parametrize("kind", FailureKind)
def test_the_urgency_of_a_kind_agrees_with_its_row(kind: FailureKind) -> None:
    rule = policy(kind)

    assert rule.urgency is Urgency.WORK_TO_JUDGE or not rule.shows_work
    assert rule.urgency is Urgency.RESULT_READY or not (rule.refused_by_github or rule.attaches_patch)
    assert rule.urgency in {Urgency.SAFETY, Urgency.OTHERS_TOO} or rule.turn is not Turn.OPERATOR
    assert rule.urgency is Urgency.ISSUE_TO_CHANGE or rule.turn is not Turn.AUTHOR
    assert rule.urgency in {Urgency.TO_REPEAT, Urgency.WORK_TO_JUDGE} or rule.turn is not Turn.NIGHTSHIFT


COLUMNS = {
    "keeps_work": {
        *(FailureKind.SESSION_TIMEOUT, FailureKind.WALL_CLOCK_TIMEOUT, FailureKind.STALLED),
        *(FailureKind.BUDGET_EXHAUSTED, FailureKind.API_UNAVAILABLE, FailureKind.USAGE_LIMIT),
        *(FailureKind.AUTH_FAILED, FailureKind.CREDIT_EXHAUSTED, FailureKind.WORKER_LOST),
        *(FailureKind.CANCELLED, FailureKind.NEEDS_INFO),
    },
    "keeps_publication": {
        *(FailureKind.WORKER_LOST, FailureKind.GITHUB_UNAVAILABLE, FailureKind.SETUP_FAILED),
        *(FailureKind.PUSH_REJECTED, FailureKind.PULL_REQUEST_REJECTED),
    },
    "may_be_interruption": {FailureKind.WORKER_LOST, FailureKind.SETUP_FAILED, FailureKind.AGENT_CRASHED},
    "shows_work": {
        *(FailureKind.SESSION_TIMEOUT, FailureKind.WALL_CLOCK_TIMEOUT, FailureKind.STALLED),
        *(FailureKind.BUDGET_EXHAUSTED, FailureKind.TASK_BLOCKED, FailureKind.VERIFICATION_FAILED),
    },
    "has_questions": {FailureKind.NEEDS_INFO},
    "attaches_patch": {FailureKind.PROTECTED_PATH},
    "by_a_person": {FailureKind.CANCELLED},
    "remedy": {FailureKind.AUTH_FAILED, FailureKind.CREDIT_EXHAUSTED},
    "in_claudes_words": {FailureKind.TASK_BLOCKED, FailureKind.NEEDS_INFO},
    "only_by_api": {
        *(FailureKind.AUTH_FAILED, FailureKind.CREDIT_EXHAUSTED, FailureKind.USAGE_LIMIT),
        FailureKind.API_UNAVAILABLE,
    },
    "refused_by_github": {FailureKind.PUSH_REJECTED, FailureKind.PULL_REQUEST_REJECTED},
    "pauses": {FailureKind.AUTH_FAILED, FailureKind.CREDIT_EXHAUSTED, FailureKind.USAGE_LIMIT},
}


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_marks_these_kinds(column: str) -> None:
    """Each kind that a session's judgement ends with (refused, blocked, unproven) keeps nothing to resume. Who asked
    goes on once people have answered."""
    assert {kind for kind in FailureKind if getattr(policy(kind), column)} == COLUMNS[column]


def test_kinds_keep_their_names() -> None:
    """They stand in ledgers and on issues: cc-taskrunner's five and those beyond."""
    assert {"branch_conflict", "completion_signal_missing", "session_timeout", "repo_locked", "repo_missing"} < set(
        FailureKind
    )


def test_a_failure_says_its_kind_and_its_evidence() -> None:
    """In a log as well."""
    assert str(TaskFailed(FailureKind.REPO_MISSING, "octo/tools is archived")) == "repo_missing: octo/tools is archived"
    assert str(TaskFailed(FailureKind.STALLED)) == "stalled"
