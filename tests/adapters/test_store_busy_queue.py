"""How many running tasks keep the first in the queue from starting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Store, url_of
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot
from bot.steps.queue import Queue

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store.open(url_of(tmp_path / "ledger.db"))) as opened:
        yield opened


def run(store: Store, *repositories: str) -> None:
    with store.transaction() as ledger:
        for number, name in enumerate(repositories, 1):
            ledger.tasks.enqueue(
                IssueRef(name, number),
                snapshot=Snapshot(title="A", body=""),
                blockers=(),
                priority=Priority.NORMAL,
                now=NOW,
            )
            assert ledger.claims.claim(worker="w", now=NOW, lease=timedelta(hours=1), per_repository=9)


@pytest.mark.parametrize(
    ("running", "busy"),
    [
        ((), 0),
        (("octo/a",), 1),  # the repository has as many as it may
        (("octo/b",), 0),
        (("octo/b", "octo/c"), 0),
        (("octo/b", "octo/c", "octo/d"), 3),  # no worker is free
        (("octo/a", "octo/b", "octo/c"), 1),
    ],
)
def test_who_has_to_end_first(running: tuple[str, ...], busy: int, store: Store) -> None:
    run(store, *running)
    with store.read() as ledger:
        assert Queue(at_once=1, workers=3).busy(ledger, "octo/a") == busy
