"""A change of what holds one repository concerns the statuses of that repository alone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bot.adapters.store import Store
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot
from bot.steps.queue_status import QueueStatus
from bot.wiring import utc_now

COUNTS = {"octo/clock": 25, "octo/wrong": 25, "octo/full": 2}


def statuses(repository: str) -> list[str]:
    return [f"status:{repository}#{number}" for number in range(1, COUNTS[repository] + 1)]


def test_what_holds_one_repository_updates_its_issues_alone(tmp_path: Path) -> None:
    """A few at a time, whatever changes elsewhere meanwhile, and again once it is over."""
    now, snapshot, told = utc_now(), Snapshot(title="x", body=""), []
    with closing(Store.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        with store.transaction() as ledger:
            for issue in (IssueRef(name, each + 1) for name, count in COUNTS.items() for each in range(count)):
                ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=now)
        wrong, full = "octo/wrong is wrong", "octo/full is full"
        for spent in ([wrong], [wrong], [wrong, full], [wrong, full], [full], [full], [full]):
            QueueStatus(store, lambda: now).keep_true(None, spent)
            with store.transaction() as ledger:
                for item in ledger.outbox.due(now, 100):
                    told.append(item.key)
                    ledger.outbox.finish(item.key, item.version)

    assert told == [*statuses("octo/wrong"), *statuses("octo/full"), *statuses("octo/wrong")]
