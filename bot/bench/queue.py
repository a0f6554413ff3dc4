"""The queue of a full ledger: how long each step of a night takes at several sizes, with one process and with eight."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from typing import IO

from sqlalchemy import create_engine, inspect

from bot.adapters.own_environment import child_environment
from bot.adapters.store import Store
from bot.adapters.store.schema import METADATA
from bot.bench.full_ledger import fill, with_driver
from bot.bench.queue_worker import claim_and_finish

STEPS = ("enqueue", "claim", "finish", "cycle check")
SETTLED = 30
"""Rounds before the measured ones: statements are compiled, pages are in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueTiming:
    """`a_second`: how many all processes did together in a second of the time that they spent on it."""

    database: str
    size: int
    workers: int
    what: str
    times: int
    p50_ms: float
    p99_ms: float
    a_second: float

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    @property
    def where(self) -> str:
        return f"{self.database:10} {self.size:9,} waiting  {self.workers} at once"

    def line(self) -> str:
        return (
            f"{self.where}  {self.what:24}"
            f" p50 {self.p50_ms:8.2f} ms  p99 {self.p99_ms:8.2f}  {self.a_second:8.0f} a second"
        )


def queue_figures(
    sizes: Sequence[int], workers: Sequence[int], rounds: int, databases: Sequence[str]
) -> Iterator[QueueTiming]:
    """`databases`: addresses of empty PostgreSQL databases, each measured beside a new SQLite file in the same run."""
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="nightshift-bench-") as name:
            yield from _of_size(f"sqlite:///{name}/ledger.sqlite", size, workers, rounds)
        for url in databases:
            with _keep_empty(url):
                yield from _of_size(url, size, workers, rounds)


def _of_size(url: str, size: int, workers: Sequence[int], rounds: int) -> Iterator[QueueTiming]:
    database = url.partition(":")[0]
    with closing(Store.open(url)) as store:
        fill(store, url, size)
        if size:
            yield _timing(database, size, 1, "claim after a change", [[_claim_after_a_change(store)]])
    for count in workers:
        ended = _run_all(url, count, max(rounds // count, 10))
        for what in STEPS:
            yield _timing(database, size, count, what, [each[what][SETTLED:] for each in ended])


def _claim_after_a_change(store: Store) -> float:
    """Who waits for whom changed: the critical path of each task is computed again."""
    with store.transaction() as ledger:
        ledger.queue_state.keep_paths_known(known=False)
    taken: dict[str, list[float]] = {"claim": []}
    claim_and_finish(store, "bench", taken)
    return taken["claim"][0]


def _run_all(url: str, count: int, rounds: int) -> list[dict[str, list[float]]]:
    """All begin at once: each is ready when it has written a line, and begins when its standard input ends."""
    command = [sys.executable, "-m", "bot.bench.queue_worker", url]
    processes = [_start([*command, str(number), str(rounds + SETTLED)]) for number in range(count)]
    for process in processes:
        if not _output(process).readline():
            raise RuntimeError("a process of the benchmark failed")
    for process in processes:
        if process.stdin is not None:
            process.stdin.close()
    return [_read(process) for process in processes]


def _start(command: list[str]) -> subprocess.Popen[str]:
    environment = child_environment(os.environ)
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)


def _output(process: subprocess.Popen[str]) -> IO[str]:
    if process.stdout is None:
        raise RuntimeError("the output of a process was not asked for")
    return process.stdout


def _read(process: subprocess.Popen[str]) -> dict[str, list[float]]:
    with process, _output(process) as output:
        seconds: dict[str, list[float]] = json.load(output)
        return seconds


@contextmanager
def _keep_empty(url: str) -> Iterator[None]:
    """The database has to be empty, and is so again at the end."""
    engine = create_engine(with_driver(url))
    try:
        with engine.connect() as connection:
            if found := inspect(connection).get_table_names():
                raise ValueError(f"the database of the benchmark has to be empty, and holds {found[0]}")
        yield
    finally:
        with engine.begin() as connection:
            METADATA.drop_all(connection)
        engine.dispose()


def _timing(database: str, size: int, workers: int, what: str, seconds: Sequence[Sequence[float]]) -> QueueTiming:
    every = [one for each in seconds for one in each]
    hundredths = statistics.quantiles(every, n=100, method="inclusive") if len(every) > 1 else every * 99
    return QueueTiming(
        database=database,
        size=size,
        workers=workers,
        what=what,
        times=len(every),
        p50_ms=round(hundredths[49] * 1000, 2),
        p99_ms=round(hundredths[98] * 1000, 2),
        a_second=round(sum(len(each) / sum(each) for each in seconds), 1),
    )
