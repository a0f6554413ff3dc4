"""Several processes on one ledger, some of them killed: no task runs twice, and nothing committed is lost."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import func, select

from bot.adapters.store import Claim, Ledger, Store, path_of
from bot.adapters.store.schema import BLOCKERS, TASKS
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Blocker, Priority, Snapshot, State
from tests.patience import within

PROCESSES = multiprocessing.get_context("spawn")
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
REPOSITORIES, EACH, WORKERS = 4, 15, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run as its worker saw it: the task ran at least from `begun` to `ended` (one clock for all processes)."""

    task_id: int
    repository: str
    fence: int
    begun: float
    ended: float


def enqueue(ledger: Ledger, repository: str, number: int, *blocked_by: int) -> int:
    blockers = [Blocker(issue=IssueRef(repository, blocker)) for blocker in blocked_by]
    issue = IssueRef(repository, number)
    snapshot = Snapshot(title="t", body="b" * 2_000)
    return ledger.tasks.enqueue(issue, snapshot=snapshot, blockers=blockers, priority=Priority.NORMAL, now=NOW).id


def claim_once(store: Store, worker: str) -> Claim | None:
    with store.transaction() as ledger:
        return ledger.claims.claim(worker=worker, now=NOW, lease=LEASE, per_repository=1)


def work_until_idle(runs: Connection, url: str, together: Barrier) -> None:
    """Claim and finish until everything is done. An empty claim may only mean that others run."""
    mine = []
    with closing(Store.open(url)) as store:
        together.wait(timeout=within(60))
        while unfinished(store):
            claim = claim_once(store, f"worker {os.getpid()}")
            if claim is not None:
                mine.append(run(store, claim))
    runs.send(mine)


def run(store: Store, claim: Claim) -> Run:
    begun, task = time.monotonic(), claim.task
    ended = time.monotonic()
    with store.transaction() as ledger:
        assert ledger.tasks.move(task.id, State.RUNNING, State.NO_CHANGE, now=NOW, fence=task.fence)
    return Run(task_id=task.id, repository=task.issue.repository, fence=task.fence, begun=begun, ended=ended)


def unfinished(store: Store) -> bool:
    with store.read() as ledger:
        counts = ledger.statistics.read(NOW)["tasks"]
    return bool(counts["queued"] + counts["running"])


def test_racing_workers_never_run_two_of_one_repository_and_no_task_twice(ledger_url: str) -> None:
    """Three processes, sixty tasks, four repositories, one file, no agreement but the ledger."""
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        for number in range(REPOSITORIES * EACH):
            enqueue(ledger, f"octo/{number % REPOSITORIES}", number + 1)

    runs = race(ledger_url)

    assert sorted(run.task_id for run in runs) == list(range(1, REPOSITORIES * EACH + 1))
    assert len({run.fence for run in runs}) == len(runs)
    for repository in {run.repository for run in runs}:
        in_time = sorted((run for run in runs if run.repository == repository), key=lambda run: run.begun)
        assert all(one.ended < other.begun for one, other in pairwise(in_time))


def race(url: str) -> list[Run]:
    """What all workers did. A worker that dies ends its pipe, and with that the race."""
    together = PROCESSES.Barrier(WORKERS)
    workers = [started(work_until_idle, url, together) for _ in range(WORKERS)]
    try:
        return [run for _, reports in workers if reports.poll(120) for run in reports.recv()]
    finally:
        for process, _ in workers:
            process.join(timeout=5)
            process.kill()


def stop_inside_a_transaction(reports: Connection, url: str) -> None:
    store = Store.open(url)
    with store.transaction() as ledger:
        enqueue(ledger, "octo/committed", 1)
    with store.transaction() as ledger:
        claim = ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1)
        assert claim is not None
        ledger.outbox.post("status", kind="comment", payload={}, now=NOW)
        for number in range(500):  # more than the cache holds back: some of it is in the file already
            enqueue(ledger, "octo/uncommitted", number + 1)
        reports.send("inside")
        signal.pause()


def write_without_end(reports: Connection, url: str) -> None:
    store = Store.open(url)
    for number in range(1, 1_000_000):
        with store.transaction() as ledger:
            enqueue(ledger, "octo/tools", number, number + 1, number + 2)
            ledger.blockers.settle(IssueRef("octo/tools", number), BlockerState.COMPLETED)
            ledger.outbox.post(f"status:{number}", kind="comment", payload={}, now=NOW)
        reports.send(number)


def started(work: Callable[..., None], url: str, *more: object) -> tuple[BaseProcess, Connection]:
    """A process that works on the ledger at `url`, and the pipe on which it reports."""
    ours, theirs = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=work, args=(theirs, url, *more))
    process.start()
    theirs.close()
    return process, ours


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join(timeout=within(60))
    assert process.exitcode == -signal.SIGKILL


def test_a_kill_inside_a_transaction_undoes_all_of_it_and_nothing_else(ledger_url: str) -> None:
    """The task is queued as before, nothing was said, and the next worker can claim it at once."""
    process, reports = started(stop_inside_a_transaction, ledger_url)
    assert reports.poll(60)
    assert reports.recv() == "inside"
    kill(process)

    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        (task,) = ledger.tasks.in_states()
        assert (task.issue, task.state, task.attempts) == (IssueRef("octo/committed", 1), State.QUEUED, 0)
        assert ledger.outbox.size() == 0
        assert ledger.claims.claim(worker="w", now=NOW, lease=LEASE, per_repository=1) is not None


@pytest.mark.parametrize("after", [1, 13, 40])
def test_a_kill_at_any_moment_keeps_every_commit_whole(ledger_url: str, after: int) -> None:
    """What was acknowledged is there; at most one more; each with all its parts, and the counts in step."""
    process, reports = started(write_without_end, ledger_url)
    acknowledged = 0
    while acknowledged < after:
        assert reports.poll(60)
        acknowledged = reports.recv()
    kill(process)
    while reports.poll(0):
        try:
            acknowledged = reports.recv()
        except EOFError:
            break

    with closing(Store.open(ledger_url)) as store, store.read() as ledger:
        tasks = len(ledger.tasks.in_states())
        assert tasks in (acknowledged, acknowledged + 1)
        assert ledger.outbox.size() == tasks
        assert ledger.blockers.find_miscounts() == []
    assert part_counts(ledger_url) == Counter(tasks=tasks, blockers=2 * tasks)


def part_counts(url: str) -> Counter[str]:
    if not url.startswith("sqlite"):
        with closing(Store.open(url)) as store, store.read() as ledger:
            counts = {table.name: select(func.count()).select_from(table) for table in (TASKS, BLOCKERS)}
            return Counter({name: ledger.tasks._connection.scalar(count) for name, count in counts.items()})
    with closing(sqlite3.connect(str(path_of(url)))) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        (tasks,) = file.execute("SELECT count(*) FROM tasks").fetchone()
        (blockers,) = file.execute("SELECT count(*) FROM blockers").fetchone()
    return Counter(tasks=tasks, blockers=blockers)
