"""What a lost worker leaves is removed; what another worker needs stays. Two workers may share a data folder."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State, Task
from bot.recovery import Recovery
from bot.steps.clearing import remove_folder
from bot.steps.stop import StopRequest
from bot.wiring import utc_now
from bot.worker_services import build_worker
from tests.stories.world import REPOSITORY, World

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=1)
ISSUE = IssueRef("octo/clock", 1)


class BusyStore(Store):
    """A ledger that another worker writes to right after it was read."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        with super().read() as ledger:
            yield ledger
        self.meanwhile()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BusyStore]:
    with closing(BusyStore.open(f"sqlite:///{tmp_path / 'ledger.db'}")) as store:
        yield store


def start(store: Store, attempts: Path) -> Path:
    """What a worker does: the claim, the attempt's record, the attempt's folder."""
    with store.transaction() as ledger:
        snapshot = Snapshot(title="Tell the time", body="")
        ledger.tasks.enqueue(ISSUE, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)
        claim = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1)
        assert claim is not None
        ledger.attempts.start(claim.task.id, claim.task.attempts, NOW)
    folder = attempts / f"{claim.task.id}-{claim.task.attempts}"
    folder.mkdir(parents=True)
    return folder


def recovery_at(now: datetime, store: Store, folder: Path) -> Recovery:
    return Recovery(
        store=store, attempts_folder=folder / "attempts", lease=LEASE, clock=lambda: now, monotonic=time.monotonic
    )


def the_task(store: Store) -> Task:
    with Store.read(store) as ledger:
        task = ledger.tasks.find(ISSUE)
    assert task is not None
    return task


def test_the_folder_of_an_attempt_that_starts_meanwhile_stays(store: BusyStore, tmp_path: Path) -> None:
    started: list[Path] = []
    store.meanwhile = lambda: started.append(start(store, tmp_path / "attempts"))
    (tmp_path / "attempts/77-1").mkdir(parents=True)

    found = recovery_at(NOW, store, tmp_path).find_orphans()

    assert len(started) == 1
    assert [path.name for path in found] == ["77-1"]


def test_a_folder_that_an_agent_has_shut_goes_too(store: BusyStore, tmp_path: Path) -> None:
    shut = tmp_path / "attempts/77-1/session/home/shut"
    shut.mkdir(parents=True)
    (shut / "file").touch()
    shut.chmod(0)

    (found,) = recovery_at(NOW, store, tmp_path).find_orphans()
    assert remove_folder(found)
    assert list((tmp_path / "attempts").iterdir()) == []


def test_a_live_lease_keeps_its_task_and_its_folder(store: BusyStore, tmp_path: Path) -> None:
    folder = start(store, tmp_path / "attempts")
    recovery = recovery_at(NOW + LEASE / 2, store, tmp_path)

    assert (recovery.find_lost(), recovery.find_orphans()) == ([], [])
    assert folder.is_dir()
    assert the_task(store).state is State.RUNNING


def test_an_expired_lease_gives_back_the_task_and_removes_its_folder(store: BusyStore, tmp_path: Path) -> None:
    folder = start(store, tmp_path / "attempts")
    recovery = recovery_at(NOW + 2 * LEASE, store, tmp_path)

    (lost,) = recovery.find_lost()
    assert recovery.recover(lost)
    assert not folder.exists()
    assert (the_task(store).state, the_task(store).failure) == (State.QUEUED, FailureKind.WORKER_LOST)
    assert not recovery.recover(lost), "another worker that had found it, too"


def test_a_lease_that_is_renewed_after_all_stays(store: BusyStore, tmp_path: Path) -> None:
    """Its worker had been frozen, and wakes between the look and the recovery."""
    folder = start(store, tmp_path / "attempts")
    recovery = recovery_at(NOW + 2 * LEASE, store, tmp_path)
    (lost,) = recovery.find_lost()
    task = the_task(store)
    with store.transaction() as ledger:
        assert ledger.claims.extend(task.id, task.fence, now=NOW + 2 * LEASE, lease=LEASE)

    assert not recovery.recover(lost)
    assert folder.is_dir()
    assert the_task(store).state is State.RUNNING


def test_a_worker_does_not_take_its_own_task_for_lost(store: BusyStore, tmp_path: Path) -> None:
    """Its clock has jumped, or the host has slept: the lease is over, and the session lives."""
    folder = start(store, tmp_path / "attempts")
    recovery = recovery_at(NOW + 2 * LEASE, store, tmp_path)

    assert recovery.find_lost(but={the_task(store).id}) == []
    assert folder.is_dir()
    assert the_task(store).state is State.RUNNING


def test_an_attempt_without_a_worker_is_ended(store: BusyStore, tmp_path: Path) -> None:
    """The worker died, and its task was cancelled before the lease was over."""
    start(store, tmp_path / "attempts")
    task = the_task(store)
    cancelled_at = NOW + LEASE / 2
    with store.transaction() as ledger:
        assert ledger.tasks.move(task.id, State.RUNNING, State.CANCELLED, now=cancelled_at)

    early = recovery_at(cancelled_at + LEASE / 2, store, tmp_path)
    assert early.find_left_open() == []  # a live one may still say more
    recovery = recovery_at(cancelled_at + LEASE, store, tmp_path)
    (left,) = recovery.find_left_open()
    assert (recovery.close(left), recovery.close(left)) == (True, False)
    with store.transaction() as ledger:
        [attempt] = ledger.attempts.of(task.id)
        assert not ledger.attempts.finish(replace(attempt, summary="too late"))
    assert (attempt.outcome, attempt.failure) == (State.CANCELLED, FailureKind.WORKER_LOST)
    assert attempt.finished_at == cancelled_at + LEASE
    assert recovery_at(cancelled_at + 2 * LEASE, store, tmp_path).find_left_open() == []


def test_an_attempt_that_runs_is_not_ended(store: BusyStore, tmp_path: Path) -> None:
    start(store, tmp_path / "attempts")

    assert recovery_at(NOW + 2 * LEASE, store, tmp_path).find_left_open() == []


def test_a_stop_is_noticed_between_two_recoveries(world: World) -> None:
    """However many attempts another worker has lost: the next one recovers the others."""
    with world.services.store.transaction() as ledger:
        for number in range(3):
            snapshot = Snapshot(title="Lost", body="")
            issue = IssueRef(REPOSITORY, world.open_issue().number)
            ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=utc_now())
            lost = ledger.claims.claim(worker="other", now=utc_now(), lease=timedelta(0), per_repository=number + 1)
            assert lost is not None
    stop = StopRequest()

    class Stops(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            stop.asked.set()

    logging.getLogger("bot.recovery").addHandler(handler := Stops())
    try:
        build_worker(world.services).run(stop)
    finally:
        logging.getLogger("bot.recovery").removeHandler(handler)

    assert sorted(world.tasks().values()) == ["queued", "running", "running"]
    recovery = world.services.recovery
    assert [recovery.recover(each) for each in recovery.find_lost()] == [True, True]
