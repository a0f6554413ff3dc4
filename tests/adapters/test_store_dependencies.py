"""Who waits for whom: the count of unmet blockers stays in step with every change, and is what gates a claim."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Blocker, Priority, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
SNAPSHOT = Snapshot(title="t", body="")


def issue(number: int) -> IssueRef:
    return IssueRef("octo/tools", number)


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with store.transaction() as ledger:
        yield ledger


def enqueue(ledger: Ledger, number: int, *blocked_by: int, met: bool = False) -> Task:
    blockers = [Blocker(issue=issue(blocker), met=met) for blocker in blocked_by]
    return ledger.tasks.enqueue(issue(number), snapshot=SNAPSHOT, blockers=blockers, priority=Priority.NORMAL, now=NOW)


def unmet(ledger: Ledger, number: int) -> tuple[int, ...]:
    task = ledger.tasks.find(issue(number))
    assert task is not None
    return tuple(blocker.number for blocker in task.unmet)


def startable(ledger: Ledger) -> bool:
    return ledger.claims.claim(worker="w", now=NOW, lease=timedelta(minutes=1), per_repository=1) is not None


def test_settling_a_blocker_reaches_everybody_who_waits_for_it(ledger: Ledger) -> None:
    """And returns the tasks that changed, so that their issues can be updated."""
    one, two = enqueue(ledger, 1, 9), enqueue(ledger, 2, 9, 8)
    enqueue(ledger, 3, 8)

    assert ledger.blockers.settle(issue(9), BlockerState.COMPLETED) == [one.id, two.id]

    assert [unmet(ledger, number) for number in (1, 2, 3)] == [(), (8,), (8,)]
    assert ledger.blockers.find_miscounts() == []


def test_the_oldest_that_waits_for_an_issue_speaks_for_all(ledger: Ledger) -> None:
    """Also once it waits no more: then the next one does."""
    one, two = enqueue(ledger, 1, 9), enqueue(ledger, 2, 9, 8)

    def speak() -> list[bool]:
        return [ledger.blockers.waits_first(task, issue(number)) for number in (9, 8) for task in (one, two)]

    assert speak() == [True, False, False, True]
    ledger.tasks.move(one.id, State.QUEUED, State.CANCELLED, now=NOW)
    assert speak() == [False, True, False, True]
    ledger.blockers.settle(issue(9), BlockerState.COMPLETED)
    assert speak() == [False, False, False, True]


def test_settling_twice_is_no_news(ledger: Ledger) -> None:
    """A redelivered webhook must not count a blocker down a second time."""
    enqueue(ledger, 1, 9, 8)
    ledger.blockers.settle(issue(9), BlockerState.COMPLETED)

    assert ledger.blockers.settle(issue(9), BlockerState.COMPLETED) == []

    assert not startable(ledger)
    assert ledger.blockers.find_miscounts() == []


def test_a_blocker_that_was_reopened_blocks_again(ledger: Ledger) -> None:
    one = enqueue(ledger, 1, 9, met=True)

    assert ledger.blockers.settle(issue(9), BlockerState.OPEN) == [one.id]

    assert unmet(ledger, 1) == (9,)
    assert not startable(ledger)


def test_a_blocker_named_twice_counts_once(ledger: Ledger) -> None:
    enqueue(ledger, 1, 9, 9)

    assert unmet(ledger, 1) == (9,)
    ledger.blockers.settle(issue(9), BlockerState.COMPLETED)
    assert startable(ledger)


def test_new_blockers_replace_the_old_ones(ledger: Ledger) -> None:
    task = enqueue(ledger, 1, 9, 8)

    ledger.blockers.replace(task.id, [Blocker(issue=issue(7)), Blocker(issue=issue(9), met=True)])

    assert unmet(ledger, 1) == (7,)
    assert ledger.blockers.settle(issue(8), BlockerState.COMPLETED) == []
    assert ledger.blockers.find_miscounts() == []


def test_those_who_wait_for_an_issue_are_found_while_they_wait(ledger: Ledger) -> None:
    """A failed blocker says so on them; who no longer waits, or is not queued, is left in peace."""
    for number in (3, 2, 1):
        enqueue(ledger, number, 9)
    ledger.tasks.move(1, State.QUEUED, State.CANCELLED, now=NOW)

    assert ledger.blockers.waiting_for(issue(9)) == [issue(1), issue(2)]
    ledger.blockers.settle(issue(9), BlockerState.COMPLETED)
    assert ledger.blockers.waiting_for(issue(9)) == []


def test_edges_are_the_unmet_ones(ledger: Ledger) -> None:
    """Blockers that are met can close no cycle; ones that are no tasks yet can, when they become one."""
    enqueue(ledger, 1, 3, 2, 99)
    enqueue(ledger, 2, 3)
    enqueue(ledger, 3, 1)
    ledger.blockers.settle(issue(1), BlockerState.COMPLETED)

    assert ledger.blockers.edges_beyond([issue(1)]) == {
        issue(1): (issue(3), issue(2), issue(99)),
        issue(2): (issue(3),),
    }


def test_edges_are_read_as_far_as_the_question_leads(ledger: Ledger) -> None:
    """Also through a cycle and into another repository, and never through what waits no more."""
    elsewhere = IssueRef("octo/elsewhere", 1)
    enqueue(ledger, 1, 2)
    enqueue(ledger, 2, 3)
    enqueue(ledger, 3, 2, 4)
    failed = enqueue(ledger, 4, 1)
    enqueue(ledger, 6, 7)
    far = ledger.tasks.enqueue(elsewhere, snapshot=SNAPSHOT, blockers=[], priority=Priority.NORMAL, now=NOW)
    ledger.blockers.replace(far.id, [Blocker(issue=issue(6))])
    ledger.tasks.move(failed.id, State.QUEUED, State.FAILED, now=NOW, failure=FailureKind.DEPENDENCY_CYCLE)

    assert ledger.blockers.edges_beyond([]) == {}
    assert ledger.blockers.edges_beyond([issue(99)]) == {}
    assert ledger.blockers.edges_beyond([issue(2)]) == {issue(2): (issue(3),), issue(3): (issue(2), issue(4))}
    assert ledger.blockers.edges_beyond([elsewhere, issue(1)]) == {
        elsewhere: (issue(6),),
        issue(1): (issue(2),),
        issue(2): (issue(3),),
        issue(3): (issue(2), issue(4)),
        issue(6): (issue(7),),
    }


def test_a_count_that_is_out_of_step_is_found(store: Store) -> None:
    with store.transaction() as ledger:
        enqueue(ledger, 1, 9)
        ledger.tasks._connection.exec_driver_sql("UPDATE tasks SET blocked_by = 3")

    with store.read() as ledger:
        assert ledger.blockers.find_miscounts() == [
            "octo/tools#1 is kept as waiting for 3 issues, but 1 of its blockers are unmet",
        ]


CHANGE = st.one_of(
    st.tuples(st.just("enqueue"), st.integers(1, 4), st.lists(st.integers(1, 6), max_size=4)),
    st.tuples(st.just("settle"), st.integers(1, 6), st.sampled_from(BlockerState)),
)


@settings(max_examples=30, deadline=None)
@given(changes=st.lists(CHANGE, max_size=15))
def test_no_order_of_changes_brings_the_count_out_of_step(
    changes: list[tuple[str, int, list[int] | BlockerState]],
) -> None:
    with (
        TemporaryDirectory() as folder,
        closing(Store.open(f"sqlite:///{folder}/ledger.db")) as store,
        store.transaction() as ledger,
    ):
        for _, number, how in changes:
            if isinstance(how, BlockerState):
                ledger.blockers.settle(issue(number), how)
            else:
                enqueue(ledger, number, *how)
        assert ledger.blockers.find_miscounts() == []


def test_only_those_that_wait_for_several_issues_are_looked_at_again(ledger: Ledger) -> None:
    """A thousand that wait for one issue alone cost nothing when it is settled."""
    enqueue(ledger, 1, 9)
    enqueue(ledger, 2, 9, 8)
    enqueue(ledger, 3, 8, 7)
    enqueue(ledger, 4, 8, 9)
    ledger.tasks.move(4, State.QUEUED, State.CANCELLED, now=NOW)

    assert ledger.blockers.waiting_for_several(issue(9)) == [issue(2)]


def test_a_held_blocker_is_counted_until_it_is_released(ledger: Ledger) -> None:
    task = enqueue(ledger, 1, 9, 8, met=True)

    assert ledger.blockers.hold(task.id, [issue(9), issue(8)], released=[])
    assert unmet(ledger, 1) == (9, 8)
    assert not ledger.blockers.hold(task.id, [issue(9), issue(8)], released=[])
    assert ledger.blockers.hold(task.id, [], released=[issue(9), issue(8)])
    assert startable(ledger)
    assert ledger.blockers.find_miscounts() == []


@pytest.mark.parametrize("state", [BlockerState.OPEN, BlockerState.PUBLISHED])
def test_what_is_held_is_no_news_however_far_it_is(ledger: Ledger, state: BlockerState) -> None:
    """Each look at its issue would let the task go and hold it again, and show its status twice."""
    task = enqueue(ledger, 1, 9, 8, met=True)
    assert ledger.blockers.hold(task.id, [issue(9)], released=[])
    assert unmet(ledger, 1) == (9,)

    assert not ledger.blockers.is_news(issue(9), state)
    assert ledger.blockers.settle(issue(9), state) == []
    assert (unmet(ledger, 1), ledger.blockers.find_miscounts()) == ((9,), [])


def test_what_is_held_is_met_once_it_is_completed(ledger: Ledger) -> None:
    task = enqueue(ledger, 1, 9, 8, met=True)
    ledger.blockers.hold(task.id, [issue(9)], released=[])

    assert ledger.blockers.is_news(issue(9), BlockerState.COMPLETED)
    assert ledger.blockers.settle(issue(9), BlockerState.COMPLETED) == [task.id]
    assert (unmet(ledger, 1), ledger.blockers.find_miscounts()) == ((), [])
    assert not ledger.blockers.hold(task.id, [], released=[issue(9)])


def test_what_is_held_and_published_no_more_is_not_met_when_it_is_let_go(ledger: Ledger) -> None:
    """From then on how far it is decides."""
    task = enqueue(ledger, 1, 9, 8, met=True)
    ledger.blockers.hold(task.id, [issue(9), issue(8)], released=[])

    assert ledger.blockers.hold(task.id, [], released=[issue(8)])
    assert (unmet(ledger, 1), ledger.blockers.find_miscounts()) == ((9,), [])
    assert ledger.blockers.settle(issue(9), BlockerState.PUBLISHED) == [task.id]
    assert unmet(ledger, 1) == ()
