"""No task runs before its text was read for remarks, and what was read of another text counts for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.tasks import Lint, Priority, Snapshot, State, Task
from bot.remarks import Remarks
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.issue_reader import IssueReader

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
ISSUE = IssueRef("octo/clock", 4)
PLAIN = Snapshot(title="Return the hour from `now()` in clock.py", body="It returns 0.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield store


def no_reader() -> IssueReader:
    raise AssertionError("a text without remarks asks for no settings")


def remarks(store: Store) -> Remarks:
    boundary = ErrorBoundary(store=store, clock=lambda: NOW)
    return Remarks(store=store, reader=no_reader, clock=lambda: NOW, boundary=boundary)


def enqueue(ledger: Ledger, issue: IssueRef = ISSUE, snapshot: Snapshot = PLAIN, *, lint: Lint = Lint.UNREAD) -> Task:
    return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, lint=lint, now=NOW)


def claim(store: Store) -> IssueRef | None:
    with store.transaction() as ledger:
        found = ledger.claims.claim(worker="w", now=NOW, lease=timedelta(minutes=1), per_repository=1)
    return found.task.issue if found else None


def test_a_task_runs_only_once_its_text_was_read(store: Store) -> None:
    with store.transaction() as ledger:
        enqueue(ledger)
    assert claim(store) is None

    assert remarks(store).step()
    assert not remarks(store).step()

    with store.read() as ledger:
        assert [item.key for item in ledger.outbox.due(NOW, 9)] == [f"status:{ISSUE}"]
    assert claim(store) == ISSUE


def statuses(store: Store, now: datetime = NOW) -> list[str]:
    with store.read() as ledger:
        return [item.key for item in ledger.outbox.due(now, 9)]


def test_no_worker_sends_a_first_status_before_the_text_was_read(store: Store) -> None:
    """A second worker looks between the intake of the first one and its remarks; another label posts it once more."""
    other = IssueRef("octo/clock", 44)  # begins with the same digit, and was read
    with store.transaction() as ledger:
        for issue, lint in ((ISSUE, Lint.UNREAD), (other, Lint.SAID)):
            enqueue(ledger, issue, lint=lint)
            ledger.outbox.post_status(issue, NOW)
            ledger.outbox.post_status(issue, NOW)
    assert statuses(store) == [f"status:{other}"]

    assert remarks(store).step()

    assert statuses(store) == [f"status:{ISSUE}", f"status:{other}"]


@pytest.mark.parametrize("later", [timedelta(seconds=61), -timedelta(hours=1)])
def test_remarks_that_do_not_come_hold_up_no_status_for_long(store: Store, later: timedelta) -> None:
    """Neither does a clock that was set back meanwhile."""
    with store.transaction() as ledger:
        enqueue(ledger)
        ledger.outbox.post(f"status:{ISSUE}", kind="status", payload={}, now=min(NOW, NOW + later))
    assert statuses(store, NOW + later) == [f"status:{ISSUE}"]


def test_a_task_that_is_over_waits_for_no_remarks(store: Store) -> None:
    with store.transaction() as ledger:
        task = enqueue(ledger)
        ledger.tasks.move(task.id, State.QUEUED, State.CANCELLED, now=NOW)
        ledger.outbox.post_status(ISSUE, NOW)
    assert statuses(store) == [f"status:{ISSUE}"]


@pytest.mark.parametrize("state", [State.CANCELLED, State.QUEUED])
def test_what_changed_meanwhile_is_not_marked_as_read(store: Store, state: State) -> None:
    """An edit by a writer, or a `/cancel`, that another process followed between the two steps."""
    with store.transaction() as ledger:
        task = enqueue(ledger)
        enqueue(ledger, snapshot=replace(PLAIN, body="Or the minute."))
        if state is State.CANCELLED:
            ledger.tasks.move(task.id, State.QUEUED, State.CANCELLED, now=NOW)

    remarks(store)._read(task)

    with store.read() as ledger:
        assert ledger.tasks.demand(task.id).lint is Lint.UNREAD
        assert ledger.outbox.due(NOW, 9) == []


def test_one_that_cannot_be_read_holds_up_no_other(store: Store) -> None:
    vague = IssueRef("octo/clock", 1)
    with store.transaction() as ledger:
        enqueue(ledger, vague, Snapshot(title="Improve performance", body=""))
        enqueue(ledger)
    reading = remarks(store)

    assert not reading.step()
    assert reading.step()

    assert claim(store) == ISSUE
