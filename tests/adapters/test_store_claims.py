"""Claims: who runs what next, under a lease and a fence; and what a worker that lost its claim can no longer do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.holding_back import Behind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Blocker, Priority, State
from tests.adapters.claims import LEASE, NOW, claim, claimed, enqueue, known, the_claim

BLOCKED = (Blocker(issue=IssueRef("octo/zoo", 99)),)


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with store.transaction() as ledger:
        yield ledger


def test_a_claim_starts_the_task_under_a_lease_and_a_fence(ledger: Ledger) -> None:
    enqueue(ledger, "a#1")

    one = the_claim(ledger)

    assert (one.task.state, one.task.attempts) == (State.RUNNING, 1)
    assert ledger.claims.leases() == {one.task.id: NOW + LEASE}
    assert one.task.fence > 0
    assert known(ledger, one.task) == one.task


def test_an_empty_queue_gives_nothing(ledger: Ledger) -> None:
    assert claim(ledger) is None


def test_the_best_priority_goes_first_then_first_come(ledger: Ledger) -> None:
    enqueue(ledger, "a#3")
    enqueue(ledger, "b#1", Priority.LOW)
    enqueue(ledger, "a#2")
    enqueue(ledger, "c#9", Priority.HIGH)

    assert claimed(ledger, per_repository=10) == ["c#9", "a#3", "a#2", "b#1"]


def test_so_it_does_within_one_repository(ledger: Ledger) -> None:
    enqueue(ledger, "a#3", Priority.LOW)
    enqueue(ledger, "a#2")
    enqueue(ledger, "a#9", Priority.HIGH)

    assert claimed(ledger, per_repository=10) == ["a#9", "a#2", "a#3"]


def test_a_repository_with_a_run_waits_and_others_do_not(ledger: Ledger) -> None:
    for name in ("a#1", "a#2", "b#1"):
        enqueue(ledger, name)

    assert claimed(ledger) == ["a#1", "b#1"]
    ledger.tasks.move(1, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger) == ["a#2"]


def test_more_than_one_may_run_where_that_is_configured(ledger: Ledger) -> None:
    """And after the limit was lowered, the runs that are too many end before another starts."""
    for number in range(1, 6):
        enqueue(ledger, f"a#{number}")

    assert claimed(ledger, per_repository=3) == ["a#1", "a#2", "a#3"]
    ledger.tasks.move(1, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger, per_repository=2) == []
    ledger.tasks.move(2, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger, per_repository=2) == ["a#4"]


def test_a_task_waits_for_its_blocker(ledger: Ledger) -> None:
    first = enqueue(ledger, "a#1")
    enqueue(ledger, "b#2", blockers=(Blocker(issue=first.issue),))
    assert claimed(ledger) == ["a#1"]

    ledger.blockers.settle(first.issue, BlockerState.COMPLETED)

    assert claimed(ledger) == ["b#2"]


def test_a_delayed_task_lets_others_pass_until_its_time(ledger: Ledger) -> None:
    task = enqueue(ledger, "a#1", Priority.HIGH)
    enqueue(ledger, "a#2")
    the_claim(ledger)
    ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=NOW, not_before=NOW + LEASE)

    assert claimed(ledger) == ["a#2"]
    ledger.tasks.move(2, State.RUNNING, State.NO_CHANGE, now=NOW)
    assert claimed(ledger) == []
    assert claimed(ledger, now=NOW + LEASE) == ["a#1"]


def test_a_run_starts_with_a_clean_sheet(ledger: Ledger) -> None:
    """Why the last run went back to the queue says nothing about this one."""
    task = enqueue(ledger, "a#1")
    the_claim(ledger)
    ledger.tasks.move(
        task.id,
        State.RUNNING,
        State.QUEUED,
        now=NOW,
        failure=FailureKind.API_UNAVAILABLE,
        detail="529",
        not_before=NOW,
        automatic_retries=1,
    )

    again = the_claim(ledger).task

    assert (again.failure, again.detail, again.not_before) == (None, "", None)
    assert (again.attempts, again.automatic_retries) == (2, 1)


QUEUED = st.tuples(
    st.sampled_from("abc"), st.sampled_from(Priority), st.booleans(), st.sampled_from([None, -LEASE, LEASE])
)


def queue_up(ledger: Ledger, tasks: list[tuple[str, Priority, bool, timedelta | None]]) -> None:
    """Each task goes through a first run, which is how a task comes to have a delay."""
    for number, (repository, priority, _, delay) in enumerate(tasks, start=1):
        task = enqueue(ledger, f"{repository}#{number}", priority)
        the_claim(ledger)
        not_before = None if delay is None else NOW + delay
        ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=NOW, not_before=not_before)
        ledger.blockers.replace(task.id, BLOCKED)
    for number, (_, _, blocked, _) in enumerate(tasks, start=1):
        ledger.blockers.replace(number, BLOCKED if blocked else ())


@settings(max_examples=30, deadline=None)
@given(tasks=st.lists(QUEUED, max_size=12), per_repository=st.integers(1, 3))
def test_claims_are_those_that_a_plain_reading_of_the_rule_gives(
    tasks: list[tuple[str, Priority, bool, timedelta | None]], per_repository: int
) -> None:
    """The rule, read plainly: sort what may run by priority and arrival; take each whose repository has a free slot."""
    may_run = sorted(
        (priority, number, repository)
        for number, (repository, priority, blocked, delay) in enumerate(tasks, start=1)
        if not blocked and delay != LEASE
    )
    expected: list[str] = []
    for _, number, repository in may_run:
        if sum(name.startswith(repository) for name in expected) < per_repository:
            expected.append(f"{repository}#{number}")

    with (
        TemporaryDirectory() as folder,
        closing(Store.open(f"sqlite:///{folder}/ledger.db")) as store,
        store.transaction() as ledger,
    ):
        queue_up(ledger, tasks)
        assert claimed(ledger, per_repository=per_repository) == expected


def test_the_place_that_is_reported_is_the_place_in_which_tasks_run(ledger: Ledger) -> None:
    """Each repository has a separate queue; a blocked task has no place in it yet."""
    tasks = [
        enqueue(ledger, "tools#1", Priority.LOW),
        enqueue(ledger, "tools#2"),
        enqueue(ledger, "zoo#3", Priority.HIGH),
        enqueue(ledger, "tools#4", Priority.HIGH),
        enqueue(ledger, "tools#5", blockers=BLOCKED),
        enqueue(ledger, "tools#6"),
    ]

    told = {task.snapshot.title: ledger.claims.place(task) for task in tasks}

    assert told == {"tools#4": 1, "tools#2": 2, "tools#6": 3, "tools#1": 4, "zoo#3": 1, "tools#5": None}
    order = [title for title in claimed(ledger, per_repository=9) if title.startswith("tools")]
    assert order == ["tools#4", "tools#2", "tools#6", "tools#1"]


def claimed_with(ledger: Ledger, behind: dict[int, Behind]) -> list[str]:
    titles = []
    while (one := ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9, behind=behind)) is not None:
        titles.append(one.task.snapshot.title)
    return titles


def test_a_task_can_stand_behind_the_others_of_its_priority(ledger: Ledger) -> None:
    """Whatever repository they are of. One that stands behind the queue is overtaken by every priority."""
    first = enqueue(ledger, "a#1", Priority.HIGH)
    for name in ("a#2", "b#3"):
        enqueue(ledger, name, Priority.HIGH)
    last = enqueue(ledger, "a#4", Priority.HIGH)
    for name in ("b#5", "c#6"):
        enqueue(ledger, name)
    behind = {first.id: Behind.PRIORITY, last.id: Behind.QUEUE, 999: Behind.QUEUE}

    assert claimed_with(ledger, behind) == ["a#2", "b#3", "a#1", "b#5", "c#6", "a#4"]


def test_its_place_says_so(ledger: Ledger) -> None:
    tasks = [enqueue(ledger, f"a#{number}", Priority.HIGH) for number in range(1, 5)]
    tasks.append(enqueue(ledger, "a#9"))
    behind = {tasks[0].id: Behind.PRIORITY, tasks[1].id: Behind.QUEUE}

    assert [ledger.claims.place(task, behind) for task in tasks] == [3, 5, 1, 2, 4]
    assert [ledger.claims.place(task) for task in tasks] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("but", [(), ("octo/a",)])
def test_who_stands_behind_gets_no_slot_that_others_do_not_get(ledger: Ledger, but: tuple[str, ...]) -> None:
    """A repository with no free slot, or with no budget left, has none for these either."""
    enqueue(ledger, "a#1")
    held = enqueue(ledger, "a#2")
    behind = {held.id: Behind.PRIORITY}
    first = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1, behind=behind)
    second = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1 + len(but), behind=behind, but=but)

    assert first is not None
    assert second is None
