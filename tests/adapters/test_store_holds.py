"""What one of several workers has for itself, on one host or on several: the lead, a purpose, a delivery."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import pytest

from bot.adapters.store import Store
from bot.steps.error_boundary import ErrorBoundary
from bot.steps.pass_part import PassPart
from bot.worker_passes import Passes
from tests.adapters.page_calls import NOW
from tests.patience import eventually
from tests.postgres_server import empty_ledger, shared_server

if TYPE_CHECKING:
    from bot.reconcile import Reconciler
    from bot.recovery import Recovery


@dataclass
class Polled:
    """Stands for GitHub and this host's folders: what a pass has looked at."""

    whole: int = 0
    listed: int = 0

    @property
    def unread(self) -> frozenset[str]:
        return frozenset() if self.whole else frozenset({"octo/clock"})

    def find_orphans(self) -> list[object]:
        return []

    find_left_open = find_orphans

    def begin(self, **_: object) -> Iterator[PassPart]:
        yield PassPart(name="first", look=lambda: None)
        yield PassPart(name="second", look=self._look)

    def list_repositories(self) -> PassPart:
        return PassPart(name="list", look=self._list)

    def _look(self) -> None:
        self.whole += 1

    def _list(self) -> None:
        self.listed += 1


@dataclass
class OneOfThem:
    """A worker's passes, each of which is due at once."""

    store: Store
    seconds: list[float] = field(default_factory=lambda: [0.0])
    polled: Polled = field(default_factory=Polled)
    passes: Passes = field(init=False)

    def __post_init__(self) -> None:
        self.passes = Passes(
            recovery=cast("Recovery", self.polled),
            reconciler=cast("Reconciler", self.polled),
            boundary=ErrorBoundary(store=self.store, clock=lambda: NOW),
            clock=lambda: NOW,
            every=timedelta(),
            gives_way=lambda: False,
            hold=partial(self.store.hold, "passes"),
            monotonic=lambda: self.seconds[0],
        )

    def run_pass(self) -> tuple[int, int]:
        before = self.passes.over
        while self.passes.over == before:
            self.passes.step(lambda: False)
        return self.polled.whole, self.polled.listed


@pytest.fixture
def two(ledger_url: str) -> Iterator[tuple[OneOfThem, OneOfThem]]:
    with closing(Store.open(ledger_url)) as one, closing(Store.open(ledger_url)) as other:
        workers = OneOfThem(one), OneOfThem(other)
        yield workers
        for worker in workers:
            worker.passes.close()


def test_each_worker_reads_everything_once_and_then_one_of_them_polls(two: tuple[OneOfThem, OneOfThem]) -> None:
    one, other = two

    assert (one.run_pass(), other.run_pass()) == ((1, 0), (1, 0))
    assert (one.run_pass(), other.run_pass(), one.run_pass(), other.run_pass()) == ((2, 0), (1, 1), (3, 0), (1, 2))

    one.passes.close()
    assert other.run_pass() == (2, 2)
    assert one.run_pass() == (3, 1)


@pytest.mark.needs("psql")
def test_a_leader_that_lost_its_connection_leaves_the_rest_of_its_pass_to_the_next() -> None:
    url = empty_ledger()
    with closing(Store.open(url)) as one_store, closing(Store.open(url)) as other_store:
        one, other = OneOfThem(one_store), OneOfThem(other_store)
        one.run_pass(), other.run_pass()
        one.passes.step(lambda: False)  # the first part of its second pass

        with shared_server().connect("postgres") as admin:
            admin.execute("SELECT pg_terminate_backend(pid, 20000) FROM pg_locks WHERE locktype = 'advisory'")
        assert other.run_pass() == (2, 0)
        assert one.run_pass() == (1, 0)
        assert one.run_pass() == (1, 1)
        for worker in (one, other):
            worker.passes.close()


@pytest.mark.needs("psql")
def test_a_leader_that_stands_still_loses_the_lead_and_one_that_works_keeps_it() -> None:
    """The server ends the connection after minutes of silence; here the silence that it allows is a second."""
    url = empty_ledger()
    with closing(Store.open(url)) as one_store, closing(Store.open(url)) as other_store:
        one, other = OneOfThem(one_store), OneOfThem(other_store)
        one.run_pass(), other.run_pass()
        lead = one.passes._lead
        assert lead is not None
        lead.connection.connection.driver_connection.execute("SET idle_session_timeout = '1s'")  # type: ignore[attr-defined]

        eventually(lambda: other.run_pass()[0] == 2)
        one.seconds[0] += 30
        one.passes.step(lambda: False)
        assert one.passes._lead is None
        other.passes.close()


@pytest.mark.needs("psql")
def test_a_row_is_one_workers_at_a_time_and_others_are_free() -> None:
    url = empty_ledger()
    with closing(Store.open(url)) as one, closing(Store.open(url)) as other:
        first = one.hold_row("delivery 1")
        assert first is not None
        assert other.hold_row("delivery 1") is None
        assert one.hold_row("delivery 1") is None
        second = other.hold_row("delivery 2")
        assert second is not None
        first.close()
        again = other.hold_row("delivery 1")
        assert again is not None
        again.close()
        second.close()


@pytest.mark.needs("psql")
def test_a_worker_on_another_host_is_woken() -> None:
    """And also by what was said before it listened, once it does."""
    url, woken = empty_ledger(), threading.Semaphore(0)
    with closing(Store.open(url)) as one, closing(Store.open(url)) as other, other.woken_by_others(woken.release):
        assert woken.acquire(timeout=30)
        one.wake_others()
        assert woken.acquire(timeout=30)

        with shared_server().connect("postgres") as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        assert woken.acquire(timeout=30), "it does not listen again"


def test_on_one_host_nothing_has_to_be_sent(ledger_url: str) -> None:
    """A hint never fails, whatever the ledger is."""
    with closing(Store.open(ledger_url)) as store:
        store.wake_others()
    if ledger_url.startswith("postgresql"):
        with closing(Store.open(ledger_url)) as store:
            store.close()
            store.wake_others()
