"""Which tasks let others go first, and which use up tries, because they paused the whole queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.holding_back import Behind, Holding
from bot.core.outcomes import as_failure, count_retries, next_state, was_served
from bot.core.pauses import LONGEST_LIMIT, limit_ends
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
PAUSING = [kind for kind in FailureKind if policy(kind).pauses]


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def test_the_first_such_end_counts_against_no_task() -> None:
    """The task moves behind the others of its priority, that is all."""
    holding = Holding().paused_by(1, at(0))

    assert holding.count(1) == 0
    assert holding.behind() == {1: Behind.PRIORITY}


def test_an_outage_fails_no_task_however_long_it_lasts() -> None:
    """Twenty tasks try in turns, all night: nothing shows that it is any of them."""
    holding = Holding()
    for minute in range(200):
        holding = holding.paused_by(minute % 20, at(minute))

    assert {holding.count(task) for task in range(20)} == {0}


def test_an_outage_that_the_account_denies_fails_no_task_either() -> None:
    """A list of models is answered and sessions are not: each task met it, so it is none of them."""
    holding = Holding()
    for minute in range(200):
        holding = holding.paused_by(minute % 2, at(minute)).found_good(at(minute))

    assert {holding.count(task) for task in range(2)} == {0}


def test_it_counts_where_another_session_went_well_since() -> None:
    holding = Holding()
    for minute in range(0, 50, 10):
        holding = holding.paused_by(1, at(minute)).ended_otherwise(2, at(minute + 1))

    assert holding.count(1) == 4
    assert holding.count(2) == 0


def test_it_counts_where_one_task_always_pauses_an_account_that_is_in_order() -> None:
    holding = Holding()
    for minute in range(0, 50, 10):
        holding = holding.paused_by(1, at(minute)).found_good(at(minute + 1))

    assert holding.count(1) == 4


def test_what_went_well_before_says_nothing_of_an_outage_that_came_later() -> None:
    holding = Holding().ended_otherwise(9, at(0)).found_good(at(1))
    for minute in range(2, 60):
        holding = holding.paused_by(minute % 3, at(minute))

    assert {holding.count(task) for task in range(3)} == {0}


def test_two_tasks_of_a_high_priority_do_not_hold_up_all_others_in_turns() -> None:
    """Who pauses the queue twice, with nothing else that ended in between, is overtaken by every priority."""
    holding = Holding()
    for minute in range(4):
        holding = holding.paused_by(minute % 2, at(minute))
    assert holding.behind() == {0: Behind.QUEUE, 1: Behind.QUEUE}

    assert holding.ended_otherwise(5, at(9)).behind() == {0: Behind.PRIORITY, 1: Behind.PRIORITY}


def test_who_pauses_an_account_that_is_in_order_is_overtaken_by_every_priority() -> None:
    """Until some session shows that others fare no better, or that they do."""
    holding = Holding().paused_by(1, at(0)).found_good(at(2))
    assert holding.behind() == {1: Behind.QUEUE}

    assert holding.ended_otherwise(2, at(3)).behind() == {1: Behind.PRIORITY}


def test_a_task_that_ends_otherwise_or_is_asked_for_again_starts_afresh() -> None:
    holding = Holding().paused_by(1, at(0)).paused_by(2, at(1))

    assert holding.ended_otherwise(1, at(2)).behind() == {2: Behind.PRIORITY}
    assert holding.forget(2).behind() == {1: Behind.PRIORITY}


def test_what_is_remembered_has_a_bound() -> None:
    holding = Holding()
    for task in range(700):
        holding = holding.paused_by(task, at(task))

    assert len(holding.held) == 500
    assert min(holding.held) == 200


STEPS = st.lists(st.tuples(st.sampled_from("pog"), st.integers(0, 3)), max_size=40)


@given(STEPS)
def test_without_a_sign_that_the_account_is_in_order_nothing_counts(steps: list[tuple[str, int]]) -> None:
    assert all(each.counted == 0 for each in played([step for step in steps if step[0] == "p"]).held.values())


def played(steps: list[tuple[str, int]]) -> Holding:
    holding = Holding()
    for minute, (step, task) in enumerate(steps):
        match step:
            case "p":
                holding = holding.paused_by(task, at(minute))
            case "o":
                holding = holding.ended_otherwise(task, at(minute))
            case _:
                holding = holding.found_good(at(minute))
    return holding


# -- what becomes of the task


TASK = Task(
    id=1,
    issue=IssueRef("octo/clock", 1),
    state=State.RUNNING,
    snapshot=Snapshot(title="x", body=""),
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize("kind", PAUSING)
def test_a_task_fails_once_more_ends_count_than_its_policy_allows(kind: FailureKind) -> None:
    times = policy(kind).retries
    states = [next_state(TASK, as_failure(kind, ""), NOW, requeue=False, counted=n)[0] for n in range(times + 2)]

    assert states == [*[State.QUEUED] * (times + 1), State.FAILED]
    assert 0 < times <= 5


def test_an_end_that_paused_the_queue_gives_back_no_retry_of_another_kind() -> None:
    """Else a task could crash and pause the queue in turns, without end."""
    crashed, limited = FailureKind.AGENT_CRASHED, FailureKind.USAGE_LIMIT
    earlier = [attempt(crashed), attempt(limited), attempt(limited)]

    assert count_retries(crashed, earlier, 1) == 1


def attempt(kind: FailureKind | None, turns: int = 3) -> Attempt:
    return Attempt(task_id=1, number=1, started_at=NOW, finished_at=NOW, failure=kind, turns=turns)


@pytest.mark.parametrize(
    ("kind", "served"),
    [
        (None, True),
        (FailureKind.NEEDS_INFO, True),
        (FailureKind.VERIFICATION_FAILED, True),
        (FailureKind.GUARDS_UNPROVEN, False),
        (FailureKind.AGENT_CRASHED, False),
        (FailureKind.API_UNAVAILABLE, False),
        *((kind, False) for kind in PAUSING),
    ],
)
def test_only_an_end_that_is_proven_shows_that_the_account_was_in_order(kind: FailureKind, served: bool) -> None:
    """A session could otherwise have the tries of others counted."""
    assert was_served(attempt(kind)) is served
    assert not was_served(attempt(kind, turns=0))


# -- how long a limit may last


@pytest.mark.parametrize(
    ("claimed", "ends"),
    [
        (None, NOW + QUARTER),
        (NOW + timedelta(hours=5), NOW + timedelta(hours=5)),
        (NOW + timedelta(days=7), NOW + timedelta(days=7)),
        (datetime(2099, 1, 1, tzinfo=UTC), NOW + LONGEST_LIMIT),
        (datetime.max.replace(tzinfo=UTC), NOW + LONGEST_LIMIT),
        (NOW, NOW + QUARTER),
        (NOW - timedelta(days=400), NOW + QUARTER),
        (datetime.min.replace(tzinfo=UTC), NOW + QUARTER),
        (datetime.fromtimestamp(0, UTC), NOW + QUARTER),
    ],
)
def test_a_usage_limit_ends_in_eight_days_at_the_latest(claimed: datetime | None, ends: datetime) -> None:
    """Whatever is claimed, also what is past or absurd."""
    assert limit_ends(claimed, NOW, QUARTER) == ends
    assert timedelta(days=8) == LONGEST_LIMIT


def test_the_task_that_paused_the_queue_last_is_behind_the_others() -> None:
    """Whatever their numbers are."""
    holding = Holding().paused_by(1, at(0)).paused_by(2, at(1)).paused_by(1, at(2))

    assert list(holding.behind()) == [2, 1]
