"""The queue over days: what waited long counts as more urgent, and the last tasks say when the next one starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.holding_back import Behind
from bot.core.pauses import Cause
from bot.core.tasks import Attempt, Priority, State, Task
from bot.steps.queue import Queue
from tests.adapters.claims import LEASE, NOW, claimed, enqueue, known, the_claim

DAY = timedelta(days=1)
TASKS = 10


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def places(ledger: Ledger, tasks: list[Task], days: float) -> list[int | None]:
    return [ledger.claims.place(task, now=NOW + days * DAY) for task in tasks]


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (0.5, ["a#3", "a#2", "a#1"]),
        (1, ["a#3", "a#1", "a#2"]),
        (7.5, ["a#2", "a#3", "a#1"]),
        (8, ["a#1", "a#2", "a#3"]),
    ],
)
def test_what_waits_for_days_is_overtaken_no_more(ledger: Ledger, days: float, order: list[str]) -> None:
    """A low one counts as normal after a day, a normal one as high after a week. Its place says so."""
    tasks = [
        enqueue(ledger, "a#1", Priority.LOW),
        enqueue(ledger, "a#2"),
        enqueue(ledger, "a#3", Priority.HIGH),
    ]
    told = {place: task.snapshot.title for place, task in zip(places(ledger, tasks, days), tasks, strict=True)}

    assert [told[place] for place in (1, 2, 3)] == order
    assert claimed(ledger, now=NOW + days * DAY, per_repository=9) == order


def test_a_low_one_runs_though_new_ones_of_high_priority_never_end(ledger: Ledger) -> None:
    enqueue(ledger, "a#1", Priority.LOW)
    for day in range(10):
        enqueue(ledger, f"a#{day + 2}", Priority.HIGH)
        claim = the_claim(ledger, NOW + day * DAY)
        ledger.tasks.move(claim.task.id, State.RUNNING, State.NO_CHANGE, now=NOW + day * DAY)
        if claim.task.snapshot.title == "a#1":
            return
    raise AssertionError("it never ran")


def test_what_a_person_or_a_pause_puts_behind_stays_there(ledger: Ledger) -> None:
    """Age moves it between priorities, and not in front of a task for which it lets others go first."""
    tasks = [enqueue(ledger, "a#1", Priority.LOW), enqueue(ledger, "a#2")]
    behind = {tasks[0].id: Behind.QUEUE}
    later = NOW + 9 * DAY

    assert [ledger.claims.place(task, behind, now=later) for task in tasks] == [2, 1]
    first = ledger.claims.claim(worker="w", now=later, lease=LEASE, per_repository=9, behind=behind)
    assert first is not None
    assert first.task.snapshot.title == "a#2"


def test_the_priority_that_the_labels_ask_for_stays(ledger: Ledger) -> None:
    task = enqueue(ledger, "a#1", Priority.LOW)
    the_claim(ledger, NOW + 9 * DAY)
    assert known(ledger, task).priority is Priority.LOW


def history(ledger: Ledger, tasks: int = TASKS) -> None:
    """Tasks of ten minutes and half a dollar, the first one in two attempts."""
    for number in range(tasks):
        task = enqueue(ledger, f"old#{number + 1}")
        claim = the_claim(ledger)
        parts = 2 if number == 0 else 1
        for attempt in range(1, parts + 1):
            ledger.attempts.finish(
                Attempt(
                    task_id=task.id,
                    number=attempt,
                    started_at=NOW,
                    finished_at=NOW,
                    seconds=600 / parts,
                    cost_usd=0.5 / parts,
                )
            )
        ledger.tasks.move(claim.task.id, State.RUNNING, State.NO_CHANGE, now=NOW)


def test_an_estimate_needs_ten_tasks(ledger: Ledger) -> None:
    history(ledger, TASKS - 1)
    task = enqueue(ledger, "a#1")
    assert Queue().estimate(ledger, task, 1, NOW) is None


def test_an_estimate_counts_what_runs_and_what_stands_before(ledger: Ledger) -> None:
    history(ledger)
    running = enqueue(ledger, "a#1")
    the_claim(ledger)
    ledger.attempts.start(running.id, 1, NOW - timedelta(minutes=5))
    waiting = [enqueue(ledger, "a#2"), enqueue(ledger, "a#3")]

    found = [Queue().estimate(ledger, task, ledger.claims.place(task), NOW) for task in waiting]

    assert [(each.starts - NOW, each.usd) for each in found if each is not None] == [
        (timedelta(minutes=5), 0.5),
        (timedelta(minutes=15), 0.5),
    ]


def test_a_pause_without_an_end_and_a_task_that_is_not_ready_have_none(ledger: Ledger) -> None:
    history(ledger)
    task = enqueue(ledger, "a#1")
    assert Queue().estimate(ledger, task, None, NOW) is None
    ledger.pauses.begin(Cause.PERSON, until=None, reason="", now=NOW)
    assert Queue().estimate(ledger, task, 1, NOW) is None
