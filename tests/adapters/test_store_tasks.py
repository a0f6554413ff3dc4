"""Tasks in the ledger: into the queue, from state to state, and never by a move that the table does not allow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Overrides, Priority, Snapshot, SnapshotComment, State, Task, may_move

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=7, microseconds=1)
ISSUE = IssueRef("octo/tools", 12)
SNAPSHOT = Snapshot(
    title="Fix the clock 🕰\nand `rm -rf $HOME`; --",
    body="مرحبا \N{RIGHT-TO-LEFT OVERRIDE} \0 \ud800",
    comments=(SnapshotComment(author="ada", body="see #3"),),
    approved_by="ada",
    approved_at=NOW,
)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def enqueue(ledger: Ledger, issue: IssueRef = ISSUE, *, now: datetime = NOW, **unusual: object) -> Task:
    asked: dict[str, object] = {"snapshot": SNAPSHOT, "blockers": (), "priority": Priority.NORMAL}
    return ledger.tasks.enqueue(issue, now=now, **(asked | unusual))  # type: ignore[arg-type]  # keywords of one call


def task_in(ledger: Ledger, state: State, issue: IssueRef = ISSUE) -> Task:
    """A task brought into `state` by allowed moves alone."""
    task = enqueue(ledger, issue)
    if state is State.QUEUED:
        return task
    claim = ledger.claims.claim(worker="w", now=NOW, lease=timedelta(minutes=1), per_repository=100)
    assert claim is not None
    by_way_of = State.IN_REVIEW if state in (State.DONE, State.CLOSED) else state
    if by_way_of is not State.RUNNING:
        failure = FailureKind.STALLED if by_way_of is State.FAILED else None
        assert ledger.tasks.move(claim.task.id, State.RUNNING, by_way_of, now=NOW, failure=failure)
    if by_way_of is not state:
        assert ledger.tasks.move(claim.task.id, by_way_of, state, now=NOW)
    return known(ledger, claim.task.id)


def known(ledger: Ledger, task_id: int) -> Task:
    task = ledger.tasks.by_id(task_id)
    assert task is not None
    return task


def test_a_task_reads_back_as_it_was_put_in(ledger: Ledger) -> None:
    """Whatever an issue says (emoji, right-to-left, NUL, half a surrogate pair) comes back the same."""
    blockers = (Blocker(issue=IssueRef("octo/zoo", 3)), Blocker(issue=IssueRef("octo/ape", 9_999_999_999), met=True))
    overrides = Overrides(turns=40, budget_usd=2.5, model="opus", fresh=True)

    task = enqueue(ledger, blockers=blockers, overrides=overrides, priority=Priority.HIGH)

    assert task == Task(
        id=task.id,
        issue=ISSUE,
        state=State.QUEUED,
        snapshot=SNAPSHOT,
        priority=Priority.HIGH,
        blockers=blockers,
        overrides=overrides,
        created_at=NOW,
        updated_at=NOW,
    )
    assert ledger.tasks.find(ISSUE) == ledger.tasks.by_id(task.id) == task
    assert task.created_at.tzinfo is UTC


def test_what_is_not_there_is_none(ledger: Ledger) -> None:
    assert ledger.tasks.find(ISSUE) is None
    assert ledger.tasks.by_id(1) is None
    assert ledger.tasks.by_pull_request("octo/tools", 1) is None
    assert ledger.tasks.in_states() == []
    assert not ledger.tasks.update(1, now=NOW, pull_request=7)
    assert not ledger.tasks.move(1, State.QUEUED, State.CANCELLED, now=NOW)


def test_evidence_is_kept_readable_whatever_it_holds(ledger: Ledger) -> None:
    """A NUL or half a surrogate pair in what a session said becomes a mark, and never ends the night."""
    task = enqueue(ledger)

    ledger.tasks.move(
        task.id, State.QUEUED, State.FAILED, now=NOW, failure=FailureKind.STALLED, detail="a\0b\ud800c 🌙"
    )

    assert known(ledger, task.id).detail == "a\N{REPLACEMENT CHARACTER}b?c 🌙"


@pytest.mark.parametrize(("source", "target"), list(product(State, State)))
def test_every_pair_of_states_moves_by_the_table_alone(ledger: Ledger, source: State, target: State) -> None:
    """A move goes through where MOVES allows it, and is refused, with nothing changed, where it does not."""
    task = task_in(ledger, source)
    if may_move(source, target) and target is not State.RUNNING:
        assert ledger.tasks.move(task.id, source, target, now=LATER, failure=FailureKind.STALLED)
        assert known(ledger, task.id).state is target
        return

    with pytest.raises(ValueError, match=r"does not go from|only claim\(\) starts a task"):
        ledger.tasks.move(task.id, source, target, now=LATER, failure=FailureKind.STALLED)

    assert known(ledger, task.id) == task


@pytest.mark.parametrize(("really", "believed"), [pair for pair in product(State, State) if pair[0] is not pair[1]])
def test_a_move_from_where_the_task_is_not_changes_nothing(ledger: Ledger, really: State, believed: State) -> None:
    """Somebody else moved it first: False, whatever the belief."""
    task = task_in(ledger, really)
    allowed = next(target for target in State if may_move(believed, target) and target is not State.RUNNING)

    assert not ledger.tasks.move(task.id, believed, allowed, now=LATER, failure=FailureKind.STALLED)

    assert known(ledger, task.id) == task


@pytest.mark.parametrize("state", list(State))
def test_asking_again_queues_whatever_may_be_queued(ledger: Ledger, state: State) -> None:
    """`/retry` and the label bring a task back from every state but running."""
    task = task_in(ledger, state)
    if state is State.RUNNING:
        with pytest.raises(ValueError, match=r"octo/tools#12 is running: cancel it first"):
            enqueue(ledger, now=LATER)
        assert known(ledger, task.id) == task
        return

    again = enqueue(ledger, now=LATER)

    assert (again.id, again.state, again.created_at, again.updated_at) == (task.id, State.QUEUED, NOW, LATER)


def test_asking_again_forgets_the_failure_and_keeps_what_was_published(ledger: Ledger) -> None:
    """A retry starts with a clean sheet, but the branch, the pull request and the count of attempts are the task's."""
    task = task_in(ledger, State.RUNNING)
    assert ledger.pushes.finish(task.id, fence=task.fence, head="c0ffee", now=NOW)
    ledger.tasks.move(
        task.id,
        State.RUNNING,
        State.FAILED,
        now=NOW,
        failure=FailureKind.SESSION_TIMEOUT,
        detail="25 turns",
        pull_request=7,
        automatic_retries=2,
    )

    again = enqueue(ledger, now=LATER, overrides=Overrides(turns=40), snapshot=Snapshot(title="New", body=""))

    assert (again.failure, again.detail, again.automatic_retries, again.not_before) == (None, "", 0, None)
    assert (again.pushed, again.pull_request, again.attempts) == ("c0ffee", 7, 1)
    assert (again.overrides.turns, again.snapshot.title) == (40, "New")


def test_a_queued_task_is_updated_in_place(ledger: Ledger) -> None:
    """Asking twice makes one task, with what was asked last."""
    first = enqueue(ledger, blockers=[Blocker(issue=IssueRef("octo/tools", 1))])

    second = enqueue(ledger, blockers=[], priority=Priority.LOW, now=LATER)

    assert ledger.tasks.in_states() == [second]
    assert (second.id, second.blockers, second.priority) == (first.id, (), Priority.LOW)
    assert ledger.blockers.find_miscounts() == []


def test_failure_and_delay_describe_the_state_and_the_rest_stays(ledger: Ledger) -> None:
    """A move without a failure clears it; summary, commit and pull request outlive the move."""
    task = task_in(ledger, State.RUNNING)
    assert ledger.pushes.finish(task.id, fence=task.fence, head="c0ffee", now=NOW)
    ledger.tasks.move(task.id, State.RUNNING, State.IN_REVIEW, now=NOW, detail="Fixed the clock", pull_request=7)

    ledger.tasks.move(task.id, State.IN_REVIEW, State.DONE, now=LATER)

    done = known(ledger, task.id)
    assert (done.failure, done.not_before) == (None, None)
    assert (done.detail, done.pull_request, done.pushed, done.updated_at) == ("Fixed the clock", 7, "c0ffee", LATER)


def test_an_update_changes_what_is_given_and_nothing_else(ledger: Ledger) -> None:
    task = enqueue(ledger)

    assert ledger.tasks.update(task.id, now=LATER, priority=Priority.HIGH, snapshot=Snapshot(title="New", body="text"))

    updated = known(ledger, task.id)
    assert (updated.priority, updated.snapshot.title, updated.pushed) == (Priority.HIGH, "New", None)
    assert (updated.state, updated.created_at, updated.updated_at) == (State.QUEUED, NOW, LATER)


def test_lists_are_by_state_and_repository_in_the_order_of_issues(ledger: Ledger) -> None:
    for name in ("octo/b#2", "octo/a#10", "octo/a#9", "octo/b#1"):
        repository, number = name.split("#")
        enqueue(ledger, IssueRef(repository, int(number)), blockers=[Blocker(issue=ISSUE)])
    failed = task_in(ledger, State.FAILED, IssueRef("octo/c", 1))

    assert [str(task.issue) for task in ledger.tasks.in_states(State.QUEUED)] == [
        "octo/a#9",
        "octo/a#10",
        "octo/b#1",
        "octo/b#2",
    ]
    assert [str(task.issue) for task in ledger.tasks.in_states(repository="octo/b")] == ["octo/b#1", "octo/b#2"]
    assert ledger.tasks.in_states(State.FAILED, State.DONE) == [failed]
    assert all(task.blockers for task in ledger.tasks.in_states(State.QUEUED))


def test_a_task_is_found_by_its_pull_request(ledger: Ledger) -> None:
    task = enqueue(ledger)
    ledger.tasks.update(task.id, now=NOW, pull_request=7)

    found = ledger.tasks.by_pull_request("octo/tools", 7)

    assert found is not None
    assert found.id == task.id
    assert ledger.tasks.by_pull_request("octo/other", 7) is None
