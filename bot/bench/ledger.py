"""The ledger with ten thousand waiting tasks, alone and as graphs: what the worker asks of it all night.

Beside it the bare limit: a row written and read by hand with sqlite3, synced to the same disk in the same run.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from bot.adapters.store import Store
from bot.bench.history import history_figures
from bot.core.dependencies import find_cycle
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Blocker, Priority, Snapshot, State
from bot.wiring import utc_now

_REPOSITORY = "octo/clock"
_SNAPSHOT = Snapshot(title="The clock is wrong", body="It goes wrong when the hour changes.\n" * 40)
_LEASE = timedelta(minutes=1)
_SEED = 7  # the same graph in every run
_NAMED = 3

Graph = Callable[[int], tuple[int, ...]]
"""For the number of an issue, those that it waits for; all are smaller, so that there is no cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What was done `times` times on one kind of graph. `over_bare`: its median by that of the bare row."""

    graph: str
    what: str
    times: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    over_bare: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def graphs() -> dict[str, Graph]:
    chance = random.Random(_SEED)  # noqa: S311 - a graph, no secret

    def some(number: int) -> tuple[int, ...]:
        return tuple(sorted({chance.randrange(1, number) for _ in range(_NAMED)})) if number > 1 else ()

    return {
        "no dependencies": lambda _: (),
        "a chain": lambda number: (number - 1,) if number > 1 else (),
        "all wait for one": lambda number: (1,) if number > 1 else (),
        "a random graph": some,
    }


def ledger_figures(size: int, rounds: int) -> list[Timing]:
    found = []
    with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
        bare = _times(_bare_row(Path(name) / "bare.sqlite"), rounds)
        found.append(_step("none", "bare: one row written and read", bare, bare))
        for number, (graph_name, graph) in enumerate(graphs().items()):
            with closing(Store.open(f"sqlite:///{name}/{number}.sqlite")) as store:
                fill_ledger(store, size, graph)
                taken = _work(store, size, rounds)
            found += [_step(graph_name, what, times, bare) for what, times in taken.items()]
        history = history_figures(size, rounds, utc_now())
        found += [_step("a long history", what, times, bare) for what, times in history.items()]
    return found


def fill_ledger(store: Store, size: int, graph: Graph) -> None:
    with store.transaction() as ledger:
        for number in range(1, size + 1):
            blockers = [Blocker(issue=_issue(each)) for each in graph(number)]
            ledger.tasks.enqueue(
                _issue(number), snapshot=_SNAPSHOT, blockers=blockers, priority=Priority.NORMAL, now=utc_now()
            )


def _work(store: Store, size: int, rounds: int) -> dict[str, list[float]]:
    """Rounds of a night: claim what is ready, finish it, free what waited for it; and a new issue is labelled."""
    claims, finishes = list[float](), list[float]()
    for _ in range(rounds):
        begun = time.perf_counter()
        with store.transaction() as ledger:
            claim = ledger.claims.claim(worker="bench", now=utc_now(), lease=_LEASE, per_repository=1)
        claims.append(time.perf_counter() - begun)
        if claim is None:
            raise RuntimeError("nothing was ready: the graph has no beginning")
        begun = time.perf_counter()
        with store.transaction() as ledger:
            ledger.tasks.move(claim.task.id, State.RUNNING, State.IN_REVIEW, now=utc_now(), fence=claim.task.fence)
            ledger.blockers.settle(claim.task.issue, BlockerState.COMPLETED)
        finishes.append(time.perf_counter() - begun)
    return {
        "claim": claims,
        "finish, and free what waited": finishes,
        "look for a cycle": _times(lambda: _look_for_cycle(store, size), min(rounds, 20)),
        "the place in the queue": _times(lambda: _place(store, size), rounds),
        "read every task": _times(lambda: _read_all(store), 3),
    }


def _look_for_cycle(store: Store, size: int) -> None:
    """A new issue that waits for the last one, which leads to all before it."""
    with store.read() as ledger:
        edges = ledger.blockers.edges_beyond([_issue(size)])
    if find_cycle(_issue(size + 1), {**edges, _issue(size + 1): (_issue(size),)}) is not None:
        raise RuntimeError("a cycle was found where there is none")


def _place(store: Store, size: int) -> None:
    with store.read() as ledger:
        task = ledger.tasks.find(_issue(size))
        if task is not None:
            ledger.claims.place(task)


def _read_all(store: Store) -> None:
    with store.read() as ledger:
        ledger.tasks.in_states(repository=_REPOSITORY)


def _bare_row(path: Path) -> Callable[[], None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE tasks (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")

    def write_and_read() -> None:
        connection.execute("BEGIN IMMEDIATE")
        row = connection.execute("INSERT INTO tasks (body) VALUES (?)", (_SNAPSHOT.body,)).lastrowid
        connection.execute("SELECT body FROM tasks WHERE id = ?", (row,)).fetchone()
        connection.execute("COMMIT")

    return write_and_read


def _times(work: Callable[[], None], rounds: int) -> list[float]:
    return list(_time(work, rounds))


def _time(work: Callable[[], None], rounds: int) -> Iterator[float]:
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        yield time.perf_counter() - begun


def _step(graph: str, what: str, seconds: list[float], bare: list[float]) -> Timing:
    hundredths = statistics.quantiles([each * 1000 for each in seconds], n=100, method="inclusive")
    return Timing(
        graph=graph,
        what=what,
        times=len(seconds),
        p50_ms=round(hundredths[49], 2),
        p99_ms=round(hundredths[98], 2),
        max_ms=round(max(seconds) * 1000, 2),
        over_bare=round(statistics.median(seconds) / statistics.median(bare), 1),
    )


def _issue(number: int) -> IssueRef:
    return IssueRef(_REPOSITORY, number)
