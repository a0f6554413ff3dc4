"""Each move of a task is one event, written with the move or not at all."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from bot.adapters.store import Ledger, Store
from bot.adapters.store.migrations import MIGRATIONS
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import MOVES, EventKind, Priority, Snapshot, State

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
ISSUE = IssueRef("octo/tools", 1)


def enqueue(ledger: Ledger, by: str = "ada") -> int:
    snapshot = Snapshot(title="t", body="", approved_by=by)
    return ledger.tasks.enqueue(ISSUE, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW).id


def claim(ledger: Ledger) -> int:
    claimed = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9)
    assert claimed is not None
    return claimed.task.fence


def told(ledger: Ledger, task_id: int) -> list[tuple[State | None, State, str, str]]:
    return [(each.source, each.target, each.actor, each.why) for each in ledger.events.of(task_id)]


def test_the_events_of_a_task_are_its_story(store: Store) -> None:
    with store.transaction() as ledger:
        task_id = enqueue(ledger)
        fence = claim(ledger)
        ledger.tasks.move(
            task_id, State.RUNNING, State.FAILED, now=NOW, fence=fence, failure=FailureKind.SESSION_TIMEOUT
        )
        enqueue(ledger, by="bob")
        ledger.tasks.move(
            task_id, State.QUEUED, State.CANCELLED, now=NOW, actor="ada", why="ada said `/cancel`", pull_request=7
        )

    with store.read() as ledger:
        events = ledger.events.of(task_id)
        assert told(ledger, task_id) == [
            (None, State.QUEUED, "ada", ""),
            (State.QUEUED, State.RUNNING, "nightshift", ""),
            (State.RUNNING, State.FAILED, "nightshift", "session_timeout"),
            (State.FAILED, State.QUEUED, "bob", ""),
            (State.QUEUED, State.CANCELLED, "ada", "ada said `/cancel`"),
        ]
        assert events[1].kind is EventKind.STARTED
        assert events[1].details == {"attempt": 1, "worker": "w"}
        assert events[4].details == {"pull_request": 7}
        assert ledger.events.of(task_id + 1) == []


def test_what_is_undone_leaves_no_event(store: Store) -> None:
    with store.transaction() as ledger:
        task_id = enqueue(ledger)

    def move_and_fail() -> None:
        with store.transaction() as ledger:
            ledger.tasks.move(task_id, State.QUEUED, State.CANCELLED, now=NOW)
            raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError, match="power"):
        move_and_fail()

    with store.read() as ledger:
        assert len(ledger.events.of(task_id)) == 1


def test_a_move_that_does_not_happen_is_no_event(store: Store) -> None:
    """A worker that lost its lease moves nothing, and says nothing."""
    with store.transaction() as ledger:
        task_id = enqueue(ledger)
        fence = claim(ledger)
        before = ledger.events.of(task_id)
        assert not ledger.tasks.move(task_id, State.RUNNING, State.FAILED, now=NOW, fence=fence + 1, failure=None)
        assert not ledger.tasks.move(task_id, State.FAILED, State.CANCELLED, now=NOW)
        assert ledger.events.of(task_id) == before


def test_what_comes_back_from_github_is_an_event(store: Store) -> None:
    with store.transaction() as ledger:
        task_id = enqueue(ledger)
        known = ledger.tasks.demand(task_id)
        later = replace(known, state=State.IN_REVIEW, pull_request=3)
        assert ledger.restoring.restore(later, (), instead_of=known)

        last = ledger.events.of(task_id)[-1]
        assert (last.kind, last.source, last.target) == (EventKind.RESTORED, State.QUEUED, State.IN_REVIEW)
        assert not ledger.restoring.restore(later, (), instead_of=known)
        assert len(ledger.events.of(task_id)) == 2


def test_what_was_reached_is_counted_for_a_day(store: Store) -> None:
    with store.transaction() as ledger:
        task_id = enqueue(ledger)
        ledger.tasks.move(task_id, State.QUEUED, State.CANCELLED, now=NOW + timedelta(hours=2))

        counted = ledger.statistics.read(NOW + timedelta(hours=25))["reached_last_day"]

    assert counted == {"cancelled": 1}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([*State, "claim", "enqueue"]), max_size=12))
def test_there_is_one_event_for_each_change_of_state(wanted: list[State | str]) -> None:
    """Whatever is tried in whatever order: the events, read one after the other, lead from state to state."""
    with closing(_in_memory()) as connection:
        ledger = Ledger(connection)
        task_id, changes = enqueue(ledger), 1
        for each in wanted:
            changes += _try(ledger, task_id, each)

        events = ledger.events.of(task_id)
        task = ledger.tasks.demand(task_id)
        assert len(events) == changes
        assert [event.source for event in events[1:]] == [event.target for event in events[:-1]]
        assert events[-1].target is task.state


def _in_memory() -> Connection:
    connection = create_engine("sqlite://").connect()
    for migration in MIGRATIONS:
        migration.apply(connection)
    return connection


def _try(ledger: Ledger, task_id: int, wanted: State | str) -> int:
    """How many changes it made."""
    state = ledger.tasks.demand(task_id).state
    if wanted == "claim":
        return int(ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9) is not None)
    if wanted == "enqueue":
        if state is State.RUNNING or (state is not State.QUEUED and State.QUEUED not in MOVES[state]):
            return 0
        enqueue(ledger)
        return 1
    target = State(wanted)
    if target is State.RUNNING or target not in MOVES[state]:
        return 0
    return int(ledger.tasks.move(task_id, state, target, now=NOW, failure=FailureKind.STALLED))


def test_a_task_moved_when_it_came_to_its_last_state(store: Store) -> None:
    """Not when its priority changed, and not before the time that is asked for."""
    hours = [NOW + timedelta(hours=hour) for hour in range(4)]
    with store.transaction() as ledger:
        task_id = enqueue(ledger)
        ledger.tasks.move(task_id, State.QUEUED, State.CANCELLED, now=hours[1])
        ledger.tasks.update(task_id, now=hours[2], priority=Priority.HIGH)

    with store.read() as ledger:
        assert ledger.events.moved_since(hours[0]) == {task_id: hours[1]}
        assert ledger.events.moved_since(hours[2]) == {}
        assert ledger.tasks.by_ids([task_id, task_id + 1]) == [ledger.tasks.by_id(task_id)]
