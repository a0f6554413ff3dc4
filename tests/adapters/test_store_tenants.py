"""Organisations that share one queue: fair shares, budgets, and how many tasks of one may run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Ledger, Store, url_of
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Priority, Snapshot, State
from bot.steps.queue import Queue

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
LEASE = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(url_of(tmp_path / "ledger.db"))) as opened:
        yield opened


def enqueue(store: Store, *repositories: str) -> None:
    """One task of each, in this order."""
    with store.transaction() as ledger:
        for number, name in enumerate(repositories, 1):
            snapshot = Snapshot(title="A", body="")
            issue = IssueRef(name, number)
            ledger.pressure.keep_limit(name, 10)
            ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)


def claim(store: Store, queue: Queue) -> str | None:
    """The repository of the task that starts."""
    with store.transaction() as ledger:
        found = queue.claim(ledger, worker="w", now=NOW, lease=LEASE, per_repository=9)
        if found is not None:
            ledger.attempts.start(found.task.id, found.task.attempts, NOW)
        return None if found is None else found.task.issue.repository


def finish_all(store: Store, usd: float) -> None:
    """What runs ends, each for so much."""
    with store.transaction() as ledger:
        for task in ledger.tasks.in_states(State.RUNNING):
            _finish(ledger, task.id, usd)


def _finish(ledger: Ledger, task_id: int, usd: float) -> None:
    task = ledger.tasks.demand(task_id)
    attempt = Attempt(task_id=task.id, number=task.attempts, started_at=NOW, finished_at=NOW, cost_usd=usd)
    ledger.attempts.finish(attempt)
    ledger.tasks.move(task.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=task.fence)


def test_many_tasks_of_one_owner_do_not_hold_up_another_one(store: Store) -> None:
    """One worker: each owner in turn, although all of the first one's were queued before."""
    enqueue(store, *["octo/a"] * 4, "acme/b", "acme/c")
    queue = Queue(session_usd=1.0)
    order = list[str | None]()
    for _ in range(6):
        order.append(claim(store, queue))
        finish_all(store, 1.0)

    assert order == ["octo/a", "acme/b", "octo/a", "acme/c", "octo/a", "octo/a"]


def test_what_runs_counts_with_all_that_it_may_cost(store: Store) -> None:
    enqueue(store, *["octo/a"] * 3, *["acme/b"] * 3)
    queue = Queue(session_usd=1.0, workers=4, at_once=9)

    assert [claim(store, queue) for _ in range(4)] == ["octo/a", "acme/b", "octo/a", "acme/b"]


def test_no_worker_stands_idle_for_the_sake_of_fairness(store: Store) -> None:
    """The one that has had less has nothing that can run: another task of its only repository runs already."""
    enqueue(store, "acme/b", "acme/b", "octo/a", "octo/a")
    queue = Queue(session_usd=1.0)
    with store.transaction() as ledger:
        ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1)
        taken = queue.claim(ledger, worker="w", now=NOW, lease=LEASE, per_repository=1)
        again = queue.claim(ledger, worker="w", now=NOW, lease=LEASE, per_repository=1)

    assert taken is not None
    assert taken.task.issue.repository == "octo/a"
    assert again is None


def test_an_owner_has_only_so_many_tasks_running(store: Store) -> None:
    enqueue(store, "octo/a", "octo/b", "octo/c", "acme/d")
    queue = Queue(per_organisation=2, workers=9, at_once=9)

    assert [claim(store, queue) for _ in range(4)] == ["octo/a", "octo/b", "acme/d", None]
    with store.read() as ledger:
        assert queue.busy(ledger, "octo/c") == 2
        assert queue.busy(ledger, "acme/e") == 0


def test_the_budget_of_an_owner_holds_all_its_repositories(store: Store) -> None:
    """Also one that has cost nothing yet. The other owner goes on, and the reason names the owner."""
    enqueue(store, "octo/a", "octo/b", "acme/c")
    queue = Queue(organisation_usd=5.0, session_usd=2.0)
    assert claim(store, queue) == "octo/a"
    finish_all(store, 4.0)

    assert claim(store, queue) == "acme/c"
    finish_all(store, 1.0)
    assert claim(store, queue) is None
    with store.read() as ledger:
        pause = queue.pause_of(ledger, "octo/b", NOW)
        assert queue.pause_of(ledger, "acme/c", NOW) is None
    assert pause is not None
    assert "for the repositories of octo is used up" in pause.reason


def test_a_session_may_cost_what_its_owner_has_left(store: Store) -> None:
    enqueue(store, "octo/a", "octo/b")
    queue = Queue(organisation_usd=5.0, session_usd=2.0)
    claim(store, queue)
    finish_all(store, 2.5)
    claim(store, queue)

    with store.read() as ledger:
        (task,) = ledger.tasks.in_states(State.RUNNING)
        assert queue.allowance(ledger, task, NOW) == 2.0
        assert Queue(organisation_usd=4.0, session_usd=2.0).allowance(ledger, task, NOW) == 1.5
