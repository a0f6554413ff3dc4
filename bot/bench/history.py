"""A ledger with a long history: what the worker and the public page read often, among many tasks that have ended."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, Priority, Snapshot, State

_REPOSITORY = "octo/clock"
_SNAPSHOT = Snapshot(title="The clock is wrong", body="It goes wrong when the hour changes.\n" * 40)
_ATTEMPTS = 4
_DUE = 1000  # statuses


def history_figures(size: int, rounds: int, now: datetime) -> dict[str, list[float]]:
    """Seconds of each reading, among so many tasks that ended a month before `now`."""
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
        path = Path(name) / "history.sqlite"
        with closing(Store.open(f"sqlite:///{path}")) as store:
            _fill(store, path, size, now - timedelta(days=30))
            taken = {what: _times(store, read, rounds) for what, read in _readings(now).items()}
            return taken | {"check the schema": _time(store.require_current, rounds)}


def _readings(now: datetime) -> dict[str, Callable[[Ledger], object]]:
    tonight = now - timedelta(hours=12)
    return {
        "what tonight has cost": lambda ledger: ledger.attempts.sum_spent(tonight),
        "attempts that were lost": lambda ledger: ledger.attempts.find_lost(tonight),
        "attempts left open": lambda ledger: ledger.attempts.left_open(tonight),
        "the public page's counts": lambda ledger: ledger.overview.counts(),
        "the tasks of a repository": lambda ledger: ledger.tasks.list_all(_REPOSITORY),
        f"the next messages, of {_DUE:,} due": lambda ledger: ledger.outbox.due(now, 20),
    }


def _fill(store: Store, path: Path, size: int, at: datetime) -> None:
    """One task by the program, and copies of its rows by SQL, which takes seconds instead of minutes."""
    with store.transaction() as ledger:
        ledger.tasks.enqueue(
            IssueRef(_REPOSITORY, 1), snapshot=_SNAPSHOT, blockers=(), priority=Priority.NORMAL, now=at
        )
        claim = ledger.claims.claim(worker="bench", now=at, lease=timedelta(minutes=1), per_repository=1)
        if claim is None:
            raise RuntimeError("nothing was ready")
        for number in range(1, _ATTEMPTS + 1):
            ledger.attempts.finish(Attempt(task_id=claim.task.id, number=number, started_at=at, finished_at=at))
        ledger.tasks.move(claim.task.id, State.RUNNING, State.IN_REVIEW, now=at, fence=claim.task.fence)
        for number in range(_DUE):
            ledger.outbox.post(f"status:{number}", kind="status", payload={"issue": f"{number}"}, now=at)
    with closing(sqlite3.connect(path)) as file, file:
        _copy(file, "tasks", {"id": None, "number": "n", "fence": "0"}, size)
        _copy(file, "attempts", {"task_id": "n"}, size)


def _copy(file: sqlite3.Connection, table: str, other: dict[str, str | None], size: int) -> None:
    """Rows for the tasks 2 to `size`, as those of task 1 but for the columns in `other`."""
    names = [name for _, name, *_ in file.execute(f"PRAGMA table_info({table})") if other.get(name, "") is not None]
    values = ", ".join(other.get(name) or f"{table}.{name}" for name in names)
    numbers = "WITH RECURSIVE numbers(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)"
    copied = f"INSERT INTO {table} ({', '.join(names)}) {numbers} SELECT {values} FROM numbers, {table}"  # noqa: S608 - our names
    which = "tasks.id = 1" if table == "tasks" else f"{table}.task_id = 1"
    file.execute(f"{copied} WHERE {which}", (size,))


def _times(store: Store, read: Callable[[Ledger], object], rounds: int) -> list[float]:
    def once() -> None:
        with store.read() as ledger:
            read(ledger)

    return _time(once, rounds)


def _time(work: Callable[[], None], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return taken
