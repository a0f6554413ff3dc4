"""Which task is claimed next: priority, then the work that waits for it, then age; in all repositories at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Attempt, Blocker, Priority, State, Task
from tests.adapters.claims import NOW, claim, claimed, enqueue, known, the_claim

USUAL = 600  # seconds, where nothing is on record
REPOSITORIES = ("a", "b")


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def put(ledger: Ledger, name: str, *blockers: str, priority: Priority = Priority.NORMAL) -> Task:
    return enqueue(ledger, name, priority, tuple(Blocker(issue=ref(each)) for each in blockers))


def ref(name: str) -> IssueRef:
    repository, number = name.split("#")
    return IssueRef(f"octo/{repository}", int(number))


def took(ledger: Ledger, name: str, seconds: float) -> None:
    """a separate task that ran so long."""
    task = put(ledger, name)
    claim = the_claim(ledger)
    assert claim.task.id == task.id
    attempt = Attempt(task_id=task.id, number=1, started_at=NOW, finished_at=NOW, seconds=seconds)
    ledger.attempts.finish(attempt)
    ledger.tasks.move(task.id, State.RUNNING, State.NO_CHANGE, now=NOW)


@pytest.mark.parametrize(
    ("tasks", "order"),
    [
        ([("a#1",), ("a#2",)], ["a#1", "a#2"]),
        ([("a#1",), ("a#2",), ("a#3", "a#2")], ["a#2", "a#1"]),
        # The longer chain, whichever repository it is in; then what nothing waits for.
        ([("a#9",), ("a#1",), ("b#1",), ("a#2", "a#1"), ("b#2", "b#1"), ("b#3", "b#2")], ["b#1", "a#1", "a#9"]),
        ([("a#1",), ("b#1",), ("a#2", "b#1")], ["b#1", "a#1"]),
        ([("a#3", "a#2"), ("a#2", "a#1"), ("a#4",), ("a#1",)], ["a#1", "a#4"]),
    ],
)
def test_what_keeps_more_work_back_runs_first(ledger: Ledger, tasks: list[tuple[str, ...]], order: list[str]) -> None:
    for name, *blockers in tasks:
        put(ledger, name, *blockers)
    assert claimed(ledger, per_repository=9) == order


def test_a_priority_comes_before_any_chain(ledger: Ledger) -> None:
    put(ledger, "a#1")
    put(ledger, "a#2", "a#1")
    put(ledger, "a#3", priority=Priority.HIGH)
    put(ledger, "a#4", priority=Priority.LOW)
    put(ledger, "a#5", "a#4")
    assert claimed(ledger, per_repository=9) == ["a#3", "a#1", "a#4"]


def test_what_has_aged_is_ordered_by_its_chain_too(ledger: Ledger) -> None:
    put(ledger, "a#1")
    put(ledger, "a#2", priority=Priority.LOW)
    put(ledger, "a#3", "a#2")
    assert claimed(ledger, now=NOW + timedelta(days=2), per_repository=9) == ["a#2", "a#1"]


def test_durations_are_those_of_the_repository(ledger: Ledger) -> None:
    """Two short tasks behind one another are less than a long one."""
    took(ledger, "a#90", 60)
    took(ledger, "b#90", 3600)
    put(ledger, "a#1")
    put(ledger, "a#2", "a#1")
    put(ledger, "a#3", "a#2")
    put(ledger, "b#1")
    put(ledger, "b#2", "b#1")
    assert claimed(ledger, per_repository=9) == ["b#1", "a#1"]


def test_a_task_that_ran_before_is_known_better(ledger: Ledger) -> None:
    took(ledger, "a#1", 3600)
    put(ledger, "a#2")
    put(ledger, "a#3", "a#2")
    put(ledger, "a#1")
    put(ledger, "a#4", "a#1")
    the_claim(ledger)
    assert {name: known_path(ledger, name) for name in ("a#1", "a#2")} == {"a#1": 7200, "a#2": 7200}


def known_path(ledger: Ledger, name: str) -> int:
    task = ledger.tasks.find(ref(name))
    assert task is not None
    return task.path_seconds


def test_its_place_says_so(ledger: Ledger) -> None:
    first, second = put(ledger, "a#1"), put(ledger, "b#1")
    last = put(ledger, "a#2")
    put(ledger, "a#3", "a#2")
    the_claim(ledger)  # of b#1 or a#2: from now on the paths are known
    assert ledger.claims.place(known(ledger, first)) == 1
    assert ledger.claims.place(known(ledger, second)) == 1
    assert known(ledger, last).state is State.RUNNING


def test_what_came_to_wait_for_a_failed_task_counts_once_that_is_queued_again(ledger: Ledger) -> None:
    put(ledger, "a#3", "a#8")
    put(ledger, "a#1")
    failed = the_claim(ledger).task
    ledger.tasks.move(failed.id, State.RUNNING, State.FAILED, now=NOW, failure=FailureKind.PUSH_REJECTED)
    put(ledger, "a#2", "a#1")
    put(ledger, "b#1")
    assert claimed(ledger) == ["b#1"]  # the paths were computed meanwhile
    ledger.blockers.settle(ref("a#8"), BlockerState.COMPLETED)
    ledger.tasks.move(failed.id, State.FAILED, State.QUEUED, now=NOW)
    assert the_claim(ledger).task.issue == ref("a#1")


def test_what_waits_for_a_task_that_runs_counts_once_it_is_queued_again(ledger: Ledger) -> None:
    running = put(ledger, "a#1")
    the_claim(ledger)
    put(ledger, "a#2", "a#1")
    put(ledger, "a#3")
    assert claim(ledger) is None  # one at a time; the paths were computed meanwhile
    ledger.tasks.move(running.id, State.RUNNING, State.QUEUED, now=NOW)
    ledger.tasks.update(running.id, now=NOW)
    assert known_path(ledger, "a#1") == 2 * USUAL


Change = tuple[str, str, list[str], Priority]
NAMES = st.sampled_from([f"{name}#{number}" for name in REPOSITORIES for number in range(1, 6)])
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["queue", "queue", "queue", "cancel", "finish", "fail", "claim", "requeue", "settle"]),
        NAMES,
        st.lists(NAMES, max_size=2, unique=True),
        st.sampled_from(Priority),
    ),
    max_size=20,
)


class Undo(Exception):
    """Ends a transaction, so that one empty ledger serves every example."""


def test_after_any_changes_the_next_one_is_the_best_by_what_the_ledger_holds(ledger_url: str) -> None:
    """Counted from all tasks each time, without what the ledger keeps of it."""
    with closing(Store.open(ledger_url)) as store:

        @settings(max_examples=100, deadline=None)
        @given(changes=CHANGES)
        def check(changes: list[Change]) -> None:
            with suppress(Undo), store.transaction() as ledger:
                for what, name, blockers, priority in changes:
                    follow(ledger, what, name, blockers, priority)
                while (expected := best(ledger)) is not None:
                    found = claim(ledger, per_repository=99)
                    assert found is not None
                    assert found.task.issue == expected
                raise Undo

        check()


def follow(ledger: Ledger, what: str, name: str, blockers: list[str], priority: Priority) -> None:
    task = ledger.tasks.find(ref(name))
    state = task.state if task is not None else None
    if what == "queue" and state is not State.RUNNING:
        put(ledger, name, *(each for each in blockers if each[::-1] < name[::-1]), priority=priority)  # no cycles
    elif what == "claim":
        claim(ledger, per_repository=99)
    elif what == "settle":
        ledger.blockers.settle(ref(name), BlockerState.COMPLETED)
    elif task is not None:
        moves = {
            "cancel": (State.QUEUED, State.CANCELLED),
            "finish": (State.RUNNING, State.IN_REVIEW),
            "fail": (State.RUNNING, State.FAILED),
            "requeue": (State.IN_REVIEW, State.QUEUED),
        }
        source, target = moves.get(what, (State.RUNNING, State.QUEUED))
        failure = FailureKind.PUSH_REJECTED if target is State.FAILED else None
        ledger.tasks.move(task.id, source, target, now=NOW, failure=failure)


def best(ledger: Ledger) -> IssueRef | None:
    queued = ledger.tasks.in_states(State.QUEUED)
    ready = [task for task in queued if not task.unmet]
    order = sorted(ready, key=lambda task: (task.priority, -path(task.issue, queued, frozenset()), task.id))
    return order[0].issue if order else None


def path(issue: IssueRef, queued: list[Task], over: frozenset[IssueRef]) -> int:
    """0 if no task waits for it. No way goes twice through one issue."""
    waiting = [each.issue for each in queued if issue in each.unmet and each.issue not in {*over, issue}]
    ways = [max(path(each, queued, over | {issue}), USUAL) for each in waiting]
    return USUAL + max(ways) if ways else 0
