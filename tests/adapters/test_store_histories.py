"""A ledger under several processes that are frozen, killed and cut off, on a server that restarts: what they did agrees
with a small model (`tests/ledger_histories.py`). Nothing is lost, and no task has two valid fences."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from bot.adapters.store import Claim, Ledger, Store, StoreUnusable
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot, State
from tests.adapters.page_calls import NOW
from tests.ledger_histories import Event, find_violations, read, write
from tests.patience import within
from tests.postgres_server import PostgresServer, find_programs, make_server
from tests.slow_link import Link, link_to

pytestmark = pytest.mark.needs("psql")
PROCESSES = multiprocessing.get_context("spawn")
LEASE = timedelta(seconds=1)
PATIENCE = timedelta(seconds=2)


def claim(fence: int, began: float, ended: float, *, task: int = 1, kind: str = "claim") -> Event:
    return Event(kind=kind, task=task, fence=fence, began=began, ended=ended)


@pytest.mark.parametrize(
    ("history", "violation"),
    [
        ([claim(1, 0, 1), claim(2, 1, 2, task=2), claim(1, 2, 3, kind="finish")], None),
        ([claim(1, 0, 3), claim(2, 1, 2, kind="claim", task=2)], None),  # at the same time: either may be first
        ([claim(1, 0, 1), claim(1, 2, 3, task=2)], "both claimed under fence 1"),
        ([claim(2, 0, 1), claim(1, 2, 3, task=2)], "fence 2 was given before fence 1"),
        ([claim(1, 0, 1), claim(2, 2, 3), claim(1, 4, 5, kind="heartbeat")], "heartbeat of task 1 under fence 1 after"),
        ([claim(1, 0, 1), claim(1, 2, 3, kind="heartbeat"), claim(2, 2, 4)], None),
        (
            [claim(1, 0, 1), claim(2, 2, 9), claim(1, 3, 4, kind="finish"), claim(2, 8, 10, kind="finish")],
            "finished und",
        ),
        ([claim(1, 0, 1), claim(1, 2, 3, kind="finish"), claim(2, 4, 5)], "had a claim under fence 2 after"),
    ],
)
def test_the_model_finds_what_must_not_be(history: Sequence[Event], violation: str | None) -> None:
    found = find_violations(history)

    assert (found == []) if violation is None else any(violation in each for each in found)


def enqueue(ledger: Ledger, number: int) -> None:
    issue = IssueRef(f"octo/{number % 5}", number)
    snapshot = Snapshot(title="t", body="")
    ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=(), priority=Priority.NORMAL, now=NOW)


@dataclass
class Worker:
    """One process's way through the queue. What fails is tried again by the next process."""

    store: Store
    log: Path
    chance: random.Random

    def run(self) -> None:
        """Until every task is finished."""
        while True:
            with suppress(StoreUnusable):
                if self._is_over():
                    return
                self._give_back_lost()
                if (found := self._do("claim", self._claim)) is not None:
                    self._work(found)
            time.sleep(0.01)

    def _work(self, found: Claim) -> None:
        for _ in range(self.chance.randrange(4)):
            time.sleep(self.chance.choice((0.01, 0.05, 0.3, 1.3)))
            if not self._do("heartbeat", lambda ledger: self._extend(ledger, found)):
                return
        self._do("finish", lambda ledger: self._finish(ledger, found) and found)

    def _claim(self, ledger: Ledger) -> Claim | None:
        name = f"w{os.getpid()}"
        return ledger.claims.claim(worker=name, now=self.store.now(), lease=LEASE, per_repository=2)

    def _extend(self, ledger: Ledger, found: Claim) -> Claim | None:
        held = ledger.claims.extend(found.task.id, found.task.fence, now=self.store.now(), lease=LEASE)
        return found if held else None

    def _finish(self, ledger: Ledger, found: Claim) -> bool:
        task, now = found.task, self.store.now()
        return ledger.tasks.move(task.id, State.RUNNING, State.IN_REVIEW, now=now, fence=task.fence)

    def _do(self, kind: str, work: Callable[[Ledger], Claim | bool | None]) -> Claim | None:
        began = time.monotonic()
        with self.store.transaction() as ledger:
            found = work(ledger)
        if not isinstance(found, Claim):
            return None
        event = Event(kind=kind, task=found.task.id, fence=found.task.fence, began=began, ended=time.monotonic())
        write(self.log, event)
        return found

    def _give_back_lost(self) -> None:
        with self.store.transaction() as ledger:
            for task in ledger.claims.find_expired(self.store.now()):
                ledger.tasks.move(task.id, State.RUNNING, State.QUEUED, now=self.store.now(), fence=task.fence)

    def _is_over(self) -> bool:
        with self.store.read() as ledger:
            return not ledger.tasks.in_states(State.QUEUED, State.RUNNING)


def open_at_last(url: str) -> Store:
    """The server may be restarting."""
    while True:
        with suppress(StoreUnusable):
            return Store.open(url, busy_timeout=PATIENCE)
        time.sleep(0.1)


def work(url: str, log: Path, seed: int) -> None:
    with closing(open_at_last(url)) as store:
        Worker(store, log, random.Random(seed)).run()  # noqa: S311 - to be repeated


@dataclass
class Night:
    """Processes on one server, each by a separate link that can be cut."""

    server: PostgresServer
    url: str
    folder: Path
    chance: random.Random
    links: list[Link]
    processes: list[BaseProcess]
    logs: int = 0

    def start(self, place: int) -> BaseProcess:
        self.logs += 1
        url = self.url.replace(f":{self.server.port}/", f":{self.links[place].port}/")
        process = PROCESSES.Process(
            target=work, args=(url, self.folder / f"{self.logs}.log", self.chance.randrange(2**32))
        )
        process.start()
        return process

    def kill(self) -> None:
        place = self.chance.randrange(len(self.processes))
        self.processes[place].kill()
        self.processes[place].join()
        self.processes[place] = self.start(place)

    def kill_all(self) -> None:
        for process in self.processes:
            process.kill()
            process.join()

    def freeze(self) -> None:
        process = self.chance.choice(self.processes)
        with suppress(ProcessLookupError):
            os.kill(process.pid or 0, signal.SIGSTOP)
            time.sleep(self.chance.choice((0.3, 2.5)))
            os.kill(process.pid or 0, signal.SIGCONT)

    def cut(self) -> None:
        link = self.chance.choice(self.links)
        link.passes.clear()
        time.sleep(self.chance.choice((0.3, 3.0)))
        link.passes.set()

    def restart(self) -> None:
        self.server.stop(self.chance.choice((signal.SIGINT, signal.SIGQUIT)))
        self.server.start()

    def end(self) -> list[Event]:
        """Without faults from here on: every task is finished in the end."""
        for process in self.processes:
            process.join(within(60))
            assert process.exitcode == 0
        return read(self.folder.glob("*.log"))


def run_night(tmp_path: Path, seed: int, *, workers: int, tasks: int, faults: Sequence[str]) -> None:
    programs = find_programs()
    assert programs is not None
    server = make_server(programs)
    with ExitStack() as stack:
        server.start()
        stack.callback(server.remove)
        url = server.create_ledger()
        with closing(Store.open(url)) as store, store.transaction() as ledger:
            for number in range(1, tasks + 1):
                enqueue(ledger, number)
        links = [stack.enter_context(link_to(server.port)) for _ in range(workers)]
        night = Night(server, url, tmp_path, random.Random(seed), links, [])  # noqa: S311
        stack.callback(night.kill_all)
        night.processes += [night.start(place) for place in range(workers)]
        for fault in faults:
            time.sleep(night.chance.random())
            getattr(night, fault)()
        history = night.end()

        assert find_violations(history) == []
        with closing(Store.open(url)) as store, store.read() as ledger:
            ended = ledger.tasks.in_states(State.IN_REVIEW)
            assert len(ended) == tasks
            assert {event.task for event in history if event.kind == "finish"} <= {task.id for task in ended}
            assert all(task.attempts >= 1 for task in ended)


def test_what_a_few_processes_did_agrees_with_the_model(tmp_path: Path) -> None:
    run_night(tmp_path, 1, workers=2, tasks=12, faults=["freeze", "kill", "cut"])


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(3))
def test_what_many_processes_did_agrees_with_the_model(tmp_path: Path, seed: int) -> None:
    faults = random.Random(seed).choices(("freeze", "kill", "cut", "restart"), k=12)  # noqa: S311
    run_night(tmp_path, seed, workers=5, tasks=150, faults=faults)
