"""Attempts are recorded once each, and the night's figures are sums over them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.plan_windows import WindowUse
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Guards, Priority, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
ENDED = Attempt(
    task_id=1,
    number=1,
    started_at=NOW,
    finished_at=NOW + timedelta(minutes=3),
    outcome=State.FAILED,
    failure=FailureKind.VERIFICATION_FAILED,
    summary="Two tests fail 🧪",
    completion="structured",
    turns=12,
    turn_limit=25,
    cost_usd=0.125,
    seconds=180.5,
    claude_seconds=150.25,
    guards=Guards(asked=9, granted=7, refused=2),
    refused_commands=("rm -fr /", "git push -f"),
    commands=(("pytest -q", 1), ("sleep 9", None)),
    windows=(WindowUse(name="5h", resets_at=NOW, first=0.1, last=0.25),),
)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def enqueue(ledger: Ledger, number: int = 1, *, now: datetime = NOW) -> Task:
    snapshot = Snapshot(title="t", body="")
    issue = IssueRef("octo/tools", number)
    return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=now)


def test_an_attempt_reads_back_as_it_ended(ledger: Ledger) -> None:
    enqueue(ledger)
    ledger.attempts.start(1, 1, NOW)
    assert ledger.attempts.of(1) == [Attempt(task_id=1, number=1, started_at=NOW)]

    assert ledger.attempts.finish(ENDED)

    assert ledger.attempts.of(1) == [ENDED]


def test_an_attempt_is_closed_once(ledger: Ledger) -> None:
    """What a worker that lost its lease reports later does not replace the record."""
    enqueue(ledger)
    ledger.attempts.start(1, 1, NOW)
    lost = replace(ENDED, failure=FailureKind.WORKER_LOST)
    ledger.attempts.finish(lost)

    assert not ledger.attempts.finish(ENDED)
    ledger.attempts.note_progress(1, 1, turns=99, note="still here")

    assert ledger.attempts.of(1) == [lost]


def test_an_end_is_recorded_even_where_the_start_was_not(ledger: Ledger) -> None:
    enqueue(ledger)

    assert ledger.attempts.finish(ENDED)

    assert ledger.attempts.of(1) == [ENDED]


def test_an_attempt_without_an_end_cannot_be_closed(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="attempt 1 of task 1 has no end: set finished_at"):
        ledger.attempts.finish(replace(ENDED, finished_at=None))


def test_progress_is_that_of_the_latest_attempt(ledger: Ledger) -> None:
    enqueue(ledger)
    assert ledger.attempts.progress(1) == (0, "")
    ledger.attempts.start(1, 1, NOW)
    ledger.attempts.note_progress(1, 1, turns=3, note="editing clock.py")
    assert ledger.attempts.progress(1) == (3, "editing clock.py")

    ledger.attempts.start(1, 2, NOW)

    assert ledger.attempts.progress(1) == (0, "")


def test_attempts_come_in_their_order(ledger: Ledger) -> None:
    enqueue(ledger)
    for number in (2, 10, 1):
        ledger.attempts.finish(replace(ENDED, number=number))

    assert [attempt.number for attempt in ledger.attempts.of(1)] == [1, 2, 10]


def test_the_figures_of_an_empty_ledger(ledger: Ledger) -> None:
    assert ledger.statistics.read(NOW) == {
        "tasks": {state.value: 0 for state in State},
        "reached_last_day": {},
        "failures": {},
        "attempts": 0,
        "turns": 0,
        "cost_usd": 0.0,
        "median_seconds": None,
        "p90_seconds": None,
        "outbox": 0,
        "unsaid": 0,
        "oldest_queued_seconds": None,
    }


def oldest(ledger: Ledger, now: datetime) -> float | None:
    age: float | None = ledger.statistics.read(now)["oldest_queued_seconds"]
    return age


def test_the_oldest_task_is_as_old_as_its_time_in_the_queue(ledger: Ledger) -> None:
    """Asking again for a queued task changes nothing in that; coming back into the queue starts anew."""
    later, latest = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
    task = enqueue(ledger)
    enqueue(ledger, now=later)
    assert oldest(ledger, latest) == 120

    ledger.tasks.move(task.id, State.QUEUED, State.CANCELLED, now=later)
    assert oldest(ledger, latest) is None
    enqueue(ledger, now=later)
    assert oldest(ledger, latest) == 60

    assert ledger.claims.claim(worker="w", now=later, lease=timedelta(minutes=1), per_repository=1)
    ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=latest)
    assert oldest(ledger, latest) == 0


def test_the_figures_of_a_night(ledger: Ledger) -> None:
    for number in range(1, 4):
        enqueue(ledger, number)
    ledger.tasks.move(1, State.QUEUED, State.FAILED, now=NOW, failure=FailureKind.DEPENDENCY_CYCLE)
    for number in range(1, 11):
        ledger.attempts.finish(replace(ENDED, number=number, seconds=float(number), turns=2, cost_usd=0.1))
    ledger.attempts.start(2, 1, NOW)
    ledger.outbox.post("k", kind="comment", payload={}, now=NOW)

    stats = ledger.statistics.read(NOW + timedelta(hours=1))

    assert (stats["tasks"]["queued"], stats["tasks"]["failed"], stats["failures"]) == (2, 1, {"dependency_cycle": 1})
    assert (stats["attempts"], stats["turns"], stats["cost_usd"]) == (11, 20, 1.0)
    assert (stats["median_seconds"], stats["p90_seconds"]) == (5.0, 9.0)
    assert (stats["outbox"], stats["oldest_queued_seconds"]) == (1, 3600.0)
