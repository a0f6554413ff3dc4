"""Two real workers on one ledger: one that freezes and wakes after its lease was taken, and two that just share."""

from __future__ import annotations

import json
import signal
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bot.adapters.store import Store
from bot.core.checkpoints import Checkpoint
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer
from tests.patience import within
from tests.postgres_server import empty_ledger
from tests.stories.command_line import settings_of
from tests.stories.world import World, a_world, writes

ROOT = Path(__file__).parents[2]
WORKER = """
import os, signal, sys, threading
from pathlib import Path
from bot.adapters.settings import read_settings
from bot.core.checkpoints import Checkpoint
from bot.wiring import Services
from bot.steps.stop import StopRequest
from bot.worker_services import build_worker

def wait_at(step, subject):
    if step.value == sys.argv[1]:
        Path("reached").touch()
        while not Path("go").exists():
            threading.Event().wait(0.05)

stop = StopRequest()
signal.signal(signal.SIGTERM, lambda *_: stop.asked.set())
build_worker(Services(read_settings(os.environ, Path(".env")), reached=wait_at)).run(stop)
"""
A_WRITE = Answer(on="^(POST|PATCH|PUT|DELETE) (?!.*upload-pack)", status=500)


@contextmanager
def another_worker(world: World, folder: Path, *, waits_at: str = "", **settings: str) -> Iterator[psutil.Popen]:
    """A worker in a separate process, which must end with code 0 after the block."""
    environment = settings_of(world) | {"PYTHONPATH": str(ROOT), "POLL_SECONDS": "3600", **settings}
    process = psutil.Popen([sys.executable, "-c", WORKER, waits_at], cwd=folder, env=environment)
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(within(60)) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def freeze(process: psutil.Popen, world: World) -> None:
    """Not in the middle of a write: SQLite would have everybody wait for it."""

    def frozen() -> bool:
        process.send_signal(signal.SIGSTOP)
        world.wait_until(lambda: process.status() == psutil.STATUS_STOPPED)
        ledger = world.services.settings.data_dir / "nightshift.sqlite"
        with closing(sqlite3.connect(ledger, timeout=0.2)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                process.send_signal(signal.SIGCONT)
                return False
            connection.rollback()
        return True

    world.wait_until(frozen)


def wake(process: psutil.Popen, folder: Path, world: World) -> None:
    """It writes nothing to GitHub, its session ends, and it lives on."""
    world.github.faults.add([A_WRITE])
    (folder / "go").touch()
    process.send_signal(signal.SIGCONT)
    world.wait_until(lambda: not process.children(recursive=True))
    assert process.is_running()


def test_a_worker_that_freezes_in_a_session_publishes_nothing_when_it_wakes(tmp_path: Path) -> None:
    """Each attempt has separate folders, so its workspace was still there: its content must not be kept for a later
    run."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue(sessions=[[{"hang": 300}], writes("time.txt", "noon")])
        world.github.wait_delivered()
        ledger_url = f"sqlite:///{world.services.settings.data_dir / 'nightshift.sqlite'}"
        elsewhere = {"DATABASE_URL": ledger_url, "DATA_DIR": str(tmp_path / "elsewhere")}
        with another_worker(world, tmp_path, LEASE_SECONDS="5", **elsewhere) as first:
            world.wait_until(lambda: world.script.started(issue) == 1)
            freeze(first, world)
            world.run_until_idle()
            assert world.state(issue) is State.IN_REVIEW

            wake(first, tmp_path, world)

        assert A_WRITE in world.github.faults.left
        assert world.files(issue)["time.txt"] == b"noon"
        assert len(world.pull_requests()) == 1
        with world.services.store.read() as ledger:
            kept, last = ledger.kept_work.of(issue), world.task(issue).attempts
        (seal,) = world.services.settings.data_dir.glob(f"evidence/*/*/*/{last}/*/seal.json")
        assert kept is not None
        its_own = json.loads(seal.read_text())["session_id"]
        assert (kept.session_id, kept.head) == (its_own, None), "a revision continues an overtaken session"
        world.check()


def test_a_worker_that_freezes_before_its_push_publishes_nothing_when_it_wakes(tmp_path: Path) -> None:
    """Its commit is on record by then: the second worker publishes it, and asks for no session."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue(sessions=[writes("time.txt", "noon")])
        world.github.wait_delivered()
        with another_worker(world, tmp_path, waits_at=Checkpoint.PUSH_NOTED.value, LEASE_SECONDS="5") as first:
            world.wait_until((tmp_path / "reached").exists)
            freeze(first, world)
            world.run_until_idle()
            assert world.state(issue) is State.IN_REVIEW

            wake(first, tmp_path, world)

        assert A_WRITE in world.github.faults.left
        assert world.script.started(issue) == 1
        assert len(world.pull_requests()) == 1
        world.check()


def test_a_delivery_that_another_worker_has_worked_off_starts_nothing_more(tmp_path: Path) -> None:
    """The first froze between its decision and the ledger."""
    with a_world(tmp_path) as world:
        issue = world.label_issue(sessions=[writes("time.txt", "noon"), writes("time.txt", "night")])
        world.github.wait_delivered()
        with another_worker(world, tmp_path, waits_at=Checkpoint.DELIVERY_DECIDED.value) as first:
            world.wait_until((tmp_path / "reached").exists)
            freeze(first, world)
            world.run_until_idle()
            assert world.state(issue) is State.IN_REVIEW

            wake(first, tmp_path, world)

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 1
        world.check()


def test_two_workers_share_one_ledger(tmp_path: Path) -> None:
    """As for a minute of an upgrade: each task has one session and one pull request."""
    with a_world(tmp_path, WORKERS="1", PER_REPOSITORY="2") as world:
        issues = [world.label_issue(f"Task {n}", sessions=[[{"hang": 3}, *writes(f"{n}.txt", "x")]]) for n in range(3)]
        world.github.wait_delivered()
        with another_worker(world, tmp_path, WORKERS="1", PER_REPOSITORY="2", DRAIN_SECONDS="60"), world.worker():
            world.wait_until(lambda: sum(state == "running" for state in world.tasks().values()) == 2)
            world.wait_until(lambda: all(state == "in_review" for state in world.tasks().values()))

        assert [world.task(issue).attempts for issue in issues] == [1, 1, 1]
        assert [world.script.started(issue) for issue in issues] == [1, 1, 1]
        assert len(world.pull_requests()) == 3
        world.check()


@pytest.mark.needs("psql")
def test_a_delivery_that_a_worker_of_another_host_has_is_left_to_it(tmp_path: Path) -> None:
    """The next one is taken instead; once the other worker ends, whatever it was doing, its own is, too."""
    with a_world(tmp_path) as world, closing(Store.open(empty_ledger())) as store:
        intake, now = replace(world.services.intake, store=store), world.services.clock()
        with store.transaction() as ledger:
            for guid in ("first", "second"):
                ledger.deliveries.record(guid=guid, event="ping", payload=b"{}", now=now)
        others = store.hold_row("delivery first")

        assert others is not None
        assert (intake.step(), intake.step()) == (True, False)
        with store.read() as ledger:
            assert ledger.deliveries.select_due(now, 9) == ["first"]
        others.close()
        assert (intake.step(), intake.step()) == (True, False)
