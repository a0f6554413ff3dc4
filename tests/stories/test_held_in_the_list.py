"""`nightshift list` says what a task waits for that only seems to wait for its turn."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.task_order import order_tasks
from bot.core.tasks import Priority, Snapshot, State
from bot.core.wrong_settings import WrongSettings
from bot.task_list import SETTINGS, read_attempts, read_held

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield store


def enqueue(ledger: Ledger, name: str, body: str = "") -> IssueRef:
    repository, _, number = name.partition("#")
    issue = IssueRef(repository, int(number))
    ledger.tasks.enqueue(issue, snapshot=Snapshot(title="t", body=body), blockers=(), priority=Priority.NORMAL, now=NOW)
    return issue


def claim(ledger: Ledger, but: Collection[str] = ()) -> int:
    """The task's id; 0 if none may run."""
    found = ledger.claims.claim(worker="w", now=NOW, lease=timedelta(minutes=1), per_repository=2, but=but)
    return found.task.id if found is not None else 0


def test_a_task_that_is_held_does_not_wait_for_its_turn(store: Store) -> None:
    with store.transaction() as ledger:
        enqueue(ledger, "octo/full#1")
        task = ledger.tasks.by_id(claim(ledger))
        assert task is not None
        ledger.tasks.move(task.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=task.fence, pull_request=9)
        ledger.pressure.keep_limit("octo/full", 1)
        enqueue(ledger, "octo/full#2")
        enqueue(ledger, "octo/same#1", "Change `shop/cart.py`.")
        claim(ledger, but={"octo/full"})
        enqueue(ledger, "octo/same#2", "Change `shop/cart.py` too.")
        assert claim(ledger, but={"octo/full"}) == 0
        enqueue(ledger, "octo/wrong#1")
        enqueue(ledger, "octo/other#1")
        ledger.wrong_settings.keep("octo/wrong", WrongSettings(version="ab", mistakes=("line 1: x",), issue=1))

    lines = order_tasks(read_attempts(store), web_url="https://github.com", now=NOW, held=read_held(store, NOW))

    assert {line.issue: line.waits_for for line in lines if line.state == "queued"} == {
        "octo/full#2": "reviews",
        "octo/other#1": "its turn",
        "octo/same#2": "octo/same#1",
        "octo/wrong#1": SETTINGS,
    }
