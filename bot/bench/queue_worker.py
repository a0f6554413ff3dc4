"""One of the processes that work on a full ledger: `python -m bot.bench.queue_worker ADDRESS NUMBER ROUNDS`.

It begins when its standard input ends, and prints the seconds that each thing took.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from bot.adapters.store import Claim, Store
from bot.bench.full_ledger import repository
from bot.core.dependencies import find_cycle
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.tasks import Priority, Snapshot, State
from bot.wiring import utc_now

_SNAPSHOT = Snapshot(title="The clock is wrong", body="It goes wrong when the hour changes.\n" * 5)
_LEASE = timedelta(minutes=1)
_MINE = 10_000_000
"""Issues with higher numbers are new, a range for each process."""
_PER_REPOSITORY = 2
_PAUSE = 0.001  # seconds

Taken = dict[str, list[float]]
"""Seconds of each round, by what was done."""


def work(store: Store, worker: int, rounds: int) -> Taken:
    """Rounds of a night: an issue is labelled, what is ready is claimed and finished, and a cycle is looked for."""
    taken: Taken = defaultdict(list)
    for number in range(1, rounds + 1):
        issue = IssueRef(repository(number + 7 * worker), _MINE * (worker + 1) + number)
        with _time(taken["enqueue"]):
            _enqueue(store, issue)
        last = claim_and_finish(store, f"bench-{worker}", taken)
        with _time(taken["cycle check"]), store.read() as ledger:
            edges = ledger.blockers.edges_beyond([last])
            find_cycle(issue, {**edges, issue: (last,)})
    return taken


def claim_and_finish(store: Store, worker: str, taken: Taken) -> IssueRef:
    while (claim := _claim(store, worker, taken["claim"])) is None:  # another process has taken the last one
        time.sleep(_PAUSE)
    with _time(taken.setdefault("finish", [])), store.transaction() as ledger:
        ledger.tasks.move(claim.task.id, State.RUNNING, State.IN_REVIEW, now=utc_now(), fence=claim.task.fence)
        ledger.blockers.settle(claim.task.issue, BlockerState.COMPLETED)
    return claim.task.issue


def _claim(store: Store, worker: str, seconds: list[float]) -> Claim | None:
    with _time(seconds), store.transaction() as ledger:
        return ledger.claims.claim(worker=worker, now=utc_now(), lease=_LEASE, per_repository=_PER_REPOSITORY)


def _enqueue(store: Store, issue: IssueRef) -> None:
    with store.transaction() as ledger:
        ledger.tasks.enqueue(issue, snapshot=_SNAPSHOT, blockers=(), priority=Priority.NORMAL, now=utc_now())


@contextmanager
def _time(seconds: list[float]) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - begun)


def main(address: str, worker: str, rounds: str) -> None:
    store = Store.open(address)
    gc.freeze()  # as the worker does
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    json.dump(work(store, int(worker), int(rounds)), sys.stdout)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
