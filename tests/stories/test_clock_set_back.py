"""A clock that was ahead is put right: nothing waits for the moment that it had named before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State
from bot.recovery import Recovery
from bot.rehearsal.github.faults import LoseWebhook
from bot.wiring import utc_now
from tests.stories.world import a_world, writes

ISSUE = IssueRef("octo/clock", 1)
NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=60)


def test_a_worker_polls_on(tmp_path: Path) -> None:
    with a_world(tmp_path, POLL_SECONDS="1") as world:
        ahead = [AN_HOUR]
        with world.worker(lambda: utc_now() + ahead[0]):
            world.wait_until(lambda: any("/issues" in each.path for each in world.github.exchanges))
            ahead[0] = timedelta()
            world.github.faults.add([LoseWebhook(on=".", times=100)])
            issue = world.label_issue(sessions=[writes("time.txt", "noon")])
            world.wait_until(lambda: world.tasks().get(issue.number) == "in_review")
        world.check()


def test_what_was_to_be_tried_later_is_tried_now(tmp_path: Path) -> None:
    """A delivery, an answer, a task that is tried again, and the pace of writes."""
    store = claimed(tmp_path)
    with store.transaction() as ledger:
        task = ledger.tasks.find(ISSUE)
        assert task is not None
        ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=NOW + AN_HOUR, not_before=NOW + AN_HOUR)
        ledger.deliveries.record(guid="1", event="ping", payload=b"{}", now=NOW + AN_HOUR)
        ledger.outbox.post("status:octo/clock#1", kind="status", payload={}, now=NOW + AN_HOUR)
        assert ledger.writes.reserve(NOW + AN_HOUR, reads=0, a_minute=1, an_hour=1) == 0
        ledger.waits.clamp_waits_after_clock_jump(NOW, beyond=timedelta())

        assert ledger.deliveries.next(NOW) is not None
        assert len(ledger.outbox.due(NOW, 10)) == 1
        assert ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1) is not None
        assert ledger.writes.reserve(NOW, reads=0, a_minute=1, an_hour=1) == AN_HOUR.total_seconds()


def test_a_lease_without_renewal_is_over_whatever_the_clock_says(tmp_path: Path) -> None:
    """One that is renewed is not, and starts anew."""
    store, elapsed = claimed(tmp_path), [0.0]
    recovery = Recovery(
        store=store, attempts_folder=tmp_path, lease=LEASE, clock=lambda: NOW, monotonic=lambda: elapsed[0]
    )
    assert recovery.find_lost() == []
    elapsed[0] += 59
    with store.transaction() as ledger:
        [task] = ledger.tasks.in_states(State.RUNNING)
        assert ledger.claims.extend(task.id, task.fence, now=NOW + AN_HOUR + LEASE, lease=LEASE)
    assert recovery.find_lost() == []
    elapsed[0] += 59
    assert recovery.find_lost() == []
    elapsed[0] += 2
    (lost,) = recovery.find_lost()
    assert recovery.recover(lost)


def test_when_a_task_changed_never_goes_back(tmp_path: Path) -> None:
    """GitHub's record of it would seem to be the later one."""
    store = claimed(tmp_path)
    with store.transaction() as ledger:
        [task] = ledger.tasks.in_states()
        ledger.tasks.move(task.id, State.RUNNING, State.CANCELLED, now=NOW)
        [cancelled] = ledger.tasks.in_states()
        queue(ledger, NOW)
        [queued] = ledger.tasks.in_states()

    assert task.updated_at == cancelled.updated_at == queued.updated_at == NOW + AN_HOUR


def claimed(folder: Path) -> Store:
    """A task that a worker took whose clock was an hour ahead."""
    store = Store.open(f"sqlite:///{folder / 'ledger.db'}")
    with store.transaction() as ledger:
        queue(ledger, NOW + AN_HOUR)
        claim = ledger.claims.claim(worker="w", now=NOW + AN_HOUR, lease=LEASE, per_repository=1)
        assert claim is not None
        ledger.attempts.start(claim.task.id, 1, NOW + AN_HOUR)
    return store


def queue(ledger: Ledger, now: datetime) -> None:
    snapshot = Snapshot(title="Tell the time", body="")
    ledger.tasks.enqueue(ISSUE, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=now)


def test_a_wait_that_github_asked_for_lasts_no_longer_than_it_asked(tmp_path: Path) -> None:
    """Whatever the clock does: a longer one goes on, and what a clock noted that was ahead holds back nothing."""
    with claimed(tmp_path).transaction() as ledger:
        ledger.holds.note("app 7", 60, NOW)
        ledger.holds.note("app 7", 10, NOW)
        seen = [ledger.holds.find_wait("app 7", NOW + timedelta(seconds=each)) for each in (-1, 0, 59, 60)]
        assert (seen, ledger.holds.find_wait("app 8", NOW)) == ([0, 60, 1, 0], 0)

        ledger.holds.note("app 7", 1e300, NOW + AN_HOUR)
        assert ledger.holds.find_wait("app 7", NOW) == 0
        ledger.holds.note("app 7", 30, NOW)
        assert ledger.holds.find_wait("app 7", NOW) == 30
