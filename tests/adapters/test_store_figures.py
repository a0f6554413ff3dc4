"""Figures for monitoring agree with what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.adapters.store import Ledger, Store
from bot.adapters.store.statistics import DURATIONS, Backlog
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Blocker, Priority, Snapshot, State

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)


def enqueue(ledger: Ledger, number: int, *, blockers: Sequence[Blocker] = (), minutes: int = 0) -> None:
    issue, snapshot = IssueRef("octo/tools", number), Snapshot(title="t", body="", approved_by="ada")
    at = NOW + timedelta(minutes=minutes)
    ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=blockers, priority=Priority.NORMAL, now=at)


def test_what_waits_is_counted_by_its_reason(store: Store) -> None:
    with store.transaction() as ledger:
        enqueue(ledger, 1)
        enqueue(ledger, 2, minutes=5)
        enqueue(ledger, 3, blockers=[Blocker(issue=IssueRef("octo/tools", 1))], minutes=9)
        ledger.outbox.post_status(IssueRef("octo/tools", 1), NOW)
        later = NOW + timedelta(minutes=10)

        assert ledger.figures.queue(later) == {
            "ready": Backlog(count=2, oldest=600),
            "blocked": Backlog(count=1, oldest=60),
        }
        assert ledger.figures.tasks() == {("octo/tools", "queued"): 3}
        assert ledger.figures.outbox(later)["status"] == Backlog(count=1, oldest=600)
        assert ledger.figures.queue(NOW - timedelta(days=1))["ready"].oldest == 0  # the clock was set back


def test_leases_that_are_not_extended_have_expired(store: Store) -> None:
    with store.transaction() as ledger:
        enqueue(ledger, 1)
        ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=9)

        assert ledger.figures.leases(NOW) == {"held": 1, "expired": 0}
        assert ledger.figures.leases(NOW + 2 * LEASE) == {"held": 0, "expired": 1}


def test_attempts_are_grouped_by_how_they_ended_and_how_long_they_took(store: Store) -> None:
    with store.transaction() as ledger:
        for number, seconds, failure in ((1, 59.0, None), (2, 400.0, None), (3, 9000.0, FailureKind.STALLED)):
            enqueue(ledger, number)
            outcome = State.FAILED if failure else State.IN_REVIEW
            ledger.attempts.finish(
                Attempt(
                    task_id=number,
                    number=1,
                    started_at=NOW,
                    finished_at=NOW,
                    outcome=outcome,
                    failure=failure,
                    seconds=seconds,
                )
            )
        groups = {each.outcome: each for each in ledger.figures.attempts()}

    assert groups["in_review"].count == 2
    assert list(groups["in_review"].within) == [1, 1, 2, 2, 2, 2]
    assert groups["in_review"].sums["seconds"] == 459
    assert (groups["failed"].failure, list(groups["failed"].within)) == ("stalled", [0] * len(DURATIONS))
