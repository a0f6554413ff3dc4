"""How the tests of claims put tasks into the queue and claim them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.adapters.store import Claim, Ledger
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Priority, Snapshot, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)


def enqueue(
    ledger: Ledger, name: str, priority: Priority = Priority.NORMAL, blockers: tuple[Blocker, ...] = ()
) -> Task:
    repository, number = name.split("#")
    issue = IssueRef(f"octo/{repository}", int(number))
    snapshot = Snapshot(title=name, body="")
    return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=blockers, priority=priority, now=NOW)


def claim(ledger: Ledger, *, now: datetime = NOW, per_repository: int = 1) -> Claim | None:
    return ledger.claims.claim(worker="w", now=now, lease=LEASE, per_repository=per_repository)


def claimed(ledger: Ledger, *, now: datetime = NOW, per_repository: int = 1) -> list[str]:
    """The titles of what is claimed, one after the other, until nothing more may run."""
    titles = []
    while (one := claim(ledger, now=now, per_repository=per_repository)) is not None:
        titles.append(one.task.snapshot.title)
    return titles


def the_claim(ledger: Ledger, now: datetime = NOW) -> Claim:
    found = claim(ledger, now=now)
    assert found is not None
    return found


def known(ledger: Ledger, task: Task) -> Task:
    found = ledger.tasks.by_id(task.id)
    assert found is not None
    return found
