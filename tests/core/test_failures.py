"""The closed list of failures: each is somebody's turn, with a next step."""

from __future__ import annotations

import re

import pytest

from bot.core.commands import Retry, parse_command
from bot.core.failures import FailureKind, TaskFailed, Turn, policy


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_has_a_policy(kind: FailureKind) -> None:
    """A sentence that ends, a next step that does not, and nobody shouts."""
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
def test_what_nightshift_mends_it_tries_again(kind: FailureKind) -> None:
    """Where it is Nightshift's turn, something happens by itself."""
    rule = policy(kind)

    assert rule.turn is not Turn.NIGHTSHIFT or rule.retry.times > 0
    assert not rule.retry.pauses_queue or rule.retry.after.total_seconds() > 0


def test_kinds_keep_their_names() -> None:
    """They stand in ledgers and on issues: cc-taskrunner's five and those beyond."""
    assert {"branch_conflict", "completion_signal_missing", "session_timeout", "repo_locked", "repo_missing"} < set(
        FailureKind
    )


def test_a_failure_says_its_kind_and_its_evidence() -> None:
    """In a log as well."""
    assert str(TaskFailed(FailureKind.REPO_MISSING, "octo/tools is archived")) == "repo_missing: octo/tools is archived"
    assert str(TaskFailed(FailureKind.STALLED)) == "stalled"
