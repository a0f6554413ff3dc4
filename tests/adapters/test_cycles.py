"""Issues that wait for each other in a cycle: it is named exactly, and goes on once it is broken, in whichever way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.dependencies import name_cycle
from bot.core.effects import Effect, Enqueue, Move, Prioritize, ReplaceBlockers, Settle
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Blocker, Priority, Snapshot, State, Task
from bot.steps.effects import perform
from tests.adapters.claims import NOW

ONE, TWO, THREE = IssueRef("octo/a", 1), IssueRef("octo/a", 2), IssueRef("octo/b", 3)
ELSEWHERE = IssueRef("octo/a", 9)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def waits(issue: IssueRef, *blockers: IssueRef, cycle: str = "") -> Enqueue:
    return Enqueue(
        issue=issue,
        snapshot=Snapshot(title="t", body=""),
        blockers=tuple(Blocker(issue=each) for each in blockers),
        priority=Priority.NORMAL,
        failure=FailureKind.DEPENDENCY_CYCLE if cycle else None,
        detail=cycle,
    )


def known(ledger: Ledger, issue: IssueRef) -> Task:
    task = ledger.tasks.find(issue)
    assert task is not None
    return task


def close_a_cycle(ledger: Ledger) -> None:
    """Over two repositories; the last one fails."""
    perform([waits(ONE, TWO)], ledger, NOW)
    perform([waits(TWO, THREE)], ledger, NOW)
    perform([waits(THREE, ONE, cycle=name_cycle([THREE, ONE, TWO, THREE]))], ledger, NOW)
    assert known(ledger, THREE).state is State.FAILED


def replaced(issue: IssueRef, before: IssueRef, *blockers: IssueRef) -> ReplaceBlockers:
    new = tuple(Blocker(issue=each) for each in blockers)
    return ReplaceBlockers(issue=issue, known=(Blocker(issue=before),), blockers=new)


@pytest.mark.parametrize(
    ("effect", "unmet"),
    [
        (waits(ONE), (ONE,)),  # another text was approved
        (waits(TWO, ELSEWHERE), (ONE,)),
        (replaced(TWO, THREE), (ONE,)),  # a relation was removed
        (replaced(THREE, ONE), ()),  # its own
        (replaced(THREE, ONE, ELSEWHERE), (ELSEWHERE,)),
        (Move(issue=ONE, source=State.QUEUED, target=State.CANCELLED), (ONE,)),
        (Settle(ONE, BlockerState.COMPLETED), ()),  # by hand
        (Settle(TWO, BlockerState.COMPLETED), (ONE,)),
    ],
)
def test_it_goes_on_once_the_cycle_is_broken(ledger: Ledger, effect: Effect, unmet: tuple[IssueRef, ...]) -> None:
    close_a_cycle(ledger)
    perform([effect], ledger, NOW)
    task = known(ledger, THREE)
    assert (task.state, task.failure, task.detail, task.unmet) == (State.QUEUED, None, "", unmet)


@pytest.mark.parametrize(
    "effect",
    [
        Prioritize(issue=ONE, priority=Priority.HIGH),
        waits(ELSEWHERE, THREE),
        waits(ONE, TWO),
        Settle(ELSEWHERE, BlockerState.COMPLETED),
        Settle(ONE, BlockerState.OPEN),
    ],
)
def test_until_then_it_stays_where_it_is(ledger: Ledger, effect: Effect) -> None:
    close_a_cycle(ledger)
    events = len(ledger.events.of(known(ledger, THREE).id))
    perform([effect], ledger, NOW)
    task = known(ledger, THREE)
    assert (task.state, task.detail) == (State.FAILED, "octo/b#3 → octo/a#1 → #2 → octo/b#3")
    assert len(ledger.events.of(task.id)) == events


def test_another_cycle_through_it_is_named_instead(ledger: Ledger) -> None:
    close_a_cycle(ledger)
    perform([waits(ELSEWHERE, THREE)], ledger, NOW)
    perform([replaced(ONE, TWO, ELSEWHERE)], ledger, NOW)
    task = known(ledger, THREE)
    assert (task.state, task.detail) == (State.FAILED, "octo/b#3 → octo/a#1 → #9 → octo/b#3")


def test_what_failed_in_another_way_stays_failed(ledger: Ledger) -> None:
    close_a_cycle(ledger)
    perform([waits(ELSEWHERE)], ledger, NOW)
    task = known(ledger, ELSEWHERE)
    ledger.tasks.move(task.id, State.QUEUED, State.FAILED, now=NOW, failure=FailureKind.SNAPSHOT_STALE)
    perform([replaced(TWO, THREE), replaced(ELSEWHERE, ONE)], ledger, NOW)
    assert known(ledger, ELSEWHERE).state is State.FAILED


@pytest.mark.parametrize("broken", [1, 500, 999])
def test_a_thousand_in_a_cycle(ledger: Ledger, broken: int) -> None:
    """Each is named, and one removed relation anywhere lets the last one go on."""
    ring = [IssueRef("octo/a", number) for number in range(1, 1001)]
    snapshot = Snapshot(title="t", body="")
    for issue, blocker in pairwise(ring):
        blockers = [Blocker(issue=blocker)]
        ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=blockers, priority=Priority.NORMAL, now=NOW)
    named = name_cycle([ring[-1], *ring])
    perform([waits(ring[-1], ring[0], cycle=named)], ledger, NOW)
    assert known(ledger, ring[-1]).detail == named
    assert len(named) < 10_000

    perform([replaced(ring[broken - 1], ring[broken])], ledger, NOW)
    assert known(ledger, ring[-1]).state is State.QUEUED
