"""The state of a task after an attempt: each kind of failure has a separate number of retries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.outcomes import AttemptOutcome, as_failure, may_be_interrupted, next_state
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Priority, Snapshot, State, Task

NOW = datetime(2026, 1, 2, tzinfo=UTC)
LOST, CRASHED, AWAY = FailureKind.WORKER_LOST, FailureKind.AGENT_CRASHED, FailureKind.GITHUB_UNAVAILABLE


def task(retries: int) -> Task:
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 1),
        state=State.RUNNING,
        priority=Priority.NORMAL,
        snapshot=Snapshot(title="x", body=""),
        automatic_retries=retries,
        created_at=NOW,
        updated_at=NOW,
    )


def attempts(*kinds: FailureKind | None) -> list[Attempt]:
    return [
        Attempt(task_id=1, number=number, started_at=NOW, finished_at=NOW, failure=kind)
        for number, kind in enumerate(kinds, 1)
    ]


@pytest.mark.parametrize("kind", [LOST, CRASHED, FailureKind.STALLED, FailureKind.SETUP_FAILED])
def test_a_kind_is_tried_again_as_often_as_its_policy_says(kind: FailureKind) -> None:
    times = policy(kind).retries
    for before in range(times):
        state, _, retries = next_state(
            task(before), as_failure(kind, ""), NOW, requeue=False, earlier=attempts(*[kind] * before)
        )
        assert (state, retries) == (State.QUEUED, before + 1)

    state, _, _ = next_state(task(times), as_failure(kind, ""), NOW, requeue=False, earlier=attempts(*[kind] * times))
    assert state is State.FAILED


def test_one_kind_does_not_use_up_the_retries_of_another() -> None:
    """Three workers died, and then Claude Code did: that is its first time."""
    earlier = attempts(LOST, LOST, LOST)
    assert next_state(task(3), as_failure(CRASHED, ""), NOW, requeue=False, earlier=earlier)[0] is State.QUEUED
    earlier = attempts(LOST, CRASHED, LOST, LOST)
    assert next_state(task(4), as_failure(CRASHED, ""), NOW, requeue=False, earlier=earlier)[0] is State.FAILED
    assert next_state(task(4), as_failure(LOST, ""), NOW, requeue=False, earlier=earlier)[0] is State.FAILED


def test_what_failed_before_a_person_asked_again_does_not_count() -> None:
    """`/retry` sets the number of automatic retries to nothing."""
    earlier = attempts(CRASHED, CRASHED, FailureKind.NEEDS_INFO)
    assert next_state(task(0), as_failure(CRASHED, ""), NOW, requeue=False, earlier=earlier)[0] is State.QUEUED


def test_waits_grow_up_to_half_an_hour() -> None:
    waits = []
    for before in range(8):
        _, at, _ = next_state(
            task(before), as_failure(AWAY, ""), NOW, requeue=False, earlier=attempts(*[AWAY] * before)
        )
        assert at is not None
        waits.append(round((at - NOW) / timedelta(minutes=1)))
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(("before", "minutes"), [(0, 1), (1, 2), (4, 16), (5, 30), (20, 30)])
def test_what_failed_together_does_not_come_back_together(before: int, minutes: int) -> None:
    """By chance each wait is up to a fifth shorter or longer, also the longest one, and never more than that."""
    earlier = attempts(*[AWAY] * before)

    def wait(chance: float) -> float:
        _, at, _ = next_state(task(before), as_failure(AWAY, ""), NOW, requeue=False, earlier=earlier, chance=chance)
        assert at is not None
        return (at - NOW) / timedelta(minutes=minutes)

    assert [wait(0), wait(0.5), wait(1)] == pytest.approx([0.8, 1, 1.2])
    waits = [wait(chance / 20) for chance in range(21)]
    assert waits == sorted(set(waits))


@pytest.mark.parametrize("kind", FailureKind)
def test_only_these_kinds_may_be_an_interruption(kind: FailureKind) -> None:
    """A session that ended in its own way is not run again because the worker stops a moment later."""
    expected = kind in {LOST, CRASHED, FailureKind.SETUP_FAILED}
    assert may_be_interrupted(as_failure(kind, ""), lambda: True) is expected
    assert not may_be_interrupted(as_failure(kind, ""), lambda: False)


def test_a_session_that_went_well_was_not_interrupted() -> None:
    assert not may_be_interrupted(AttemptOutcome(state=State.NO_CHANGE), lambda: True)
