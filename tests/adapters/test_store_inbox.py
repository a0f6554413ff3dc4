"""Deliveries of several threads are stored together, and no thread returns before its own is on disk."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store import Inbox, Store, StoreUnusable

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.fixture
def impatient(ledger_url: str) -> Iterator[Store]:
    """The same ledger, opened by one that hardly waits for another's write."""
    opened = Store.open(ledger_url, busy_timeout=timedelta(milliseconds=200))
    yield opened
    opened.close()


@pytest.fixture
def other(ledger_url: str) -> Iterator[Store]:
    """The same ledger as another process has it open."""
    opened = Store.open(ledger_url)
    yield opened
    opened.close()


def keep(inbox: Inbox, guid: str) -> bool:
    return inbox.keep(guid=guid, event="issues", payload=guid.encode(), now=NOW)


def kept(store: Store) -> list[str]:
    guids = []
    with store.transaction() as ledger:
        while (delivery := ledger.deliveries.next(NOW)) is not None:
            assert delivery.payload == delivery.guid.encode()
            guids.append(delivery.guid)
            ledger.deliveries.finish(delivery.guid, now=NOW)
    return guids


def test_each_delivery_is_kept_once_however_many_come_at_once(other: Store, store: Store) -> None:
    """Every GUID comes twice: one of both learns that it is new, and both find it on disk."""
    inbox = Inbox(other)

    def keep_and_look(guid: str) -> tuple[str, bool]:
        new = keep(inbox, guid)
        with store.transaction() as ledger:
            assert not ledger.deliveries.record(guid=guid, event="issues", payload=b"", now=NOW)
        return guid, new

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(keep_and_look, [f"g-{number // 2}" for number in range(200)]))

    assert sorted(guid for guid, new in answers if new) == sorted({guid for guid, _ in answers})
    assert sorted(kept(store)) == sorted({guid for guid, _ in answers})


def test_a_ledger_that_cannot_be_used_is_reported_to_all_and_the_next_ones_are_kept(
    impatient: Store, other: Store
) -> None:
    inbox = Inbox(impatient)

    with other.transaction(), ThreadPoolExecutor(4) as pool:
        refused = [pool.submit(keep, inbox, f"early-{number}") for number in range(4)]
        assert all(isinstance(each.exception(), StoreUnusable) for each in refused)

    assert keep(inbox, "late")
    assert kept(other) == ["late"]


def test_a_delivery_at_fault_takes_at_most_the_one_with_it_that_wrote_it(store: Store) -> None:
    """Whatever goes wrong with one, all others are kept, and a sender that got an error has not also got 202."""
    inbox = Inbox(store)

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(keep, inbox, "\ud800" if number == 9 else f"g-{number}") for number in range(40)]
    wrong = {number for number, each in enumerate(answers) if each.exception() is not None}

    assert 9 in wrong
    assert len(wrong) <= 2
    assert {f"g-{number}" for number in range(40) if number not in wrong} <= set(kept(store))
