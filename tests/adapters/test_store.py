"""A transaction is all or nothing, one at a time; a read sees one moment."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.exc import IntegrityError, StatementError

from bot.adapters.store import Ledger, Store, url_of
from bot.core.pauses import Cause
from tests.patience import within

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


def keep(ledger: Ledger, value: str) -> None:
    ledger.http_cache.keep("k", etag="", value=value, now=NOW)


def kept(ledger: Ledger) -> str | None:
    answer = ledger.http_cache.of("k")
    return None if answer is None else answer.value


def remember(store: Store, value: str) -> None:
    with store.transaction() as ledger:
        keep(ledger, value)


def recall(store: Store) -> str | None:
    with store.read() as ledger:
        return kept(ledger)


def test_what_was_committed_is_there_after_reopening(ledger_url: str) -> None:
    with closing(Store.open(ledger_url)) as store:
        remember(store, "1")

    with closing(Store.open(ledger_url)) as store:
        assert recall(store) == "1"


def test_a_statement_is_compiled_once_for_all_ledgers_of_a_process(tmp_path: Path) -> None:
    """By whichever connection runs it first, the readers' or the writers'."""
    hits: list[CacheStats] = []

    def note(*call: Any) -> None:
        if call[4].compiled is not None:  # of what SQLAlchemy compiles; the rest is sent as it is
            hits.append(call[4].cache_hit)

    with closing(Store.open(url_of(tmp_path / "first.db"))) as first:
        remember(first, "1")
        assert recall(first) == "1"
    with closing(Store.open(url_of(tmp_path / "second.db"))) as second, second.transaction() as ledger:
        event.listen(Engine, "before_cursor_execute", note)
        try:
            keep(ledger, "2")
            assert kept(ledger) == "2"  # the readers of the other ledger compiled it
        finally:
            event.remove(Engine, "before_cursor_execute", note)
    assert hits
    assert set(hits) == {CacheStats.CACHE_HIT}


def test_a_path_may_hold_characters_that_mean_something_in_an_address(tmp_path: Path) -> None:
    """The ledger lies where its path says, not where a `%20` or a `?` read as part of an address would lead."""
    path = tmp_path / "a b#c%20d?mode=ro&é" / "new" / "ledger.db"

    with closing(Store.open(url_of(path))) as store:
        remember(store, "1")

    assert path.exists()
    assert [found.name for found in tmp_path.iterdir()] == [path.parent.parent.name]


@pytest.mark.parametrize("interruption", [ValueError, OSError, KeyboardInterrupt])
def test_a_block_that_raises_leaves_nothing_behind(store: Store, interruption: type[BaseException]) -> None:
    """The error flies on as it is: a fault of the program is not the database's."""
    remember(store, "before")

    with pytest.raises(interruption, match="mine"), store.transaction() as ledger:
        keep(ledger, "after")
        raise interruption("mine")

    assert recall(store) == "before"
    remember(store, "and the store goes on")


def test_transactions_do_not_nest(store: Store) -> None:
    """The inner one would wait for the outer one's lock: a plain error instead of a frozen night."""
    with store.transaction(), pytest.raises(RuntimeError, match="pass its ledger on"), store.transaction():
        pass

    remember(store, "the store goes on")


def test_a_read_refuses_to_write(store: Store) -> None:
    with pytest.raises(RuntimeError, match=r"a read\(\) may not write: use transaction\(\)"), store.read() as ledger:
        keep(ledger, "1")

    assert recall(store) is None


def test_a_read_sees_one_moment(store: Store) -> None:
    """Whatever is committed while it lasts."""
    remember(store, "before")

    with store.read() as ledger:
        assert kept(ledger) == "before"
        remember(store, "after")
        assert kept(ledger) == "before"

    assert recall(store) == "after"


def test_a_read_inside_a_transaction_sees_what_was_committed(store: Store) -> None:
    with store.transaction() as ledger:
        keep(ledger, "1")
        assert recall(store) is None


def test_threads_write_one_after_the_other(store: Store) -> None:
    """Each waits for the one before it, and none is lost."""

    def count() -> None:
        for _ in range(5):
            with store.transaction() as ledger:
                keep(ledger, str(int(kept(ledger) or 0) + 1))

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=within(60))

    assert recall(store) == "30"


def test_a_broken_constraint_is_a_fault_of_the_program(store: Store) -> None:
    with pytest.raises(IntegrityError), store.transaction() as ledger:
        ledger.attempts.start(7, 1, NOW)


def test_moments_are_aware_and_exact_and_in_utc(store: Store) -> None:
    """Another time zone is the same moment; no time zone is refused, because it is ambiguous."""
    elsewhere = datetime(2026, 3, 1, 23, 0, 0, 1, tzinfo=timezone(timedelta(hours=1)))
    with store.transaction() as ledger:
        ledger.pauses.begin(Cause.PERSON, until=None, reason="", now=elsewhere)
        pause = ledger.pauses.longest(NOW)

    assert pause is not None
    assert (pause.since, pause.since.tzinfo) == (NOW + timedelta(microseconds=1), UTC)
    with pytest.raises(StatementError, match="has no time zone"), store.transaction() as ledger:
        ledger.claims.find_expired(datetime(2026, 3, 1))  # noqa: DTZ001 - the fault under test
