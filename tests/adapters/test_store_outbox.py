"""Deliveries come in once; the outbox says each thing once: what a person waits for first, then the oldest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store import Delivery, Ledger, OutboxItem, Store

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        yield ledger


def deliver(ledger: Ledger, guid: str, *, now: datetime = NOW) -> bool:
    return ledger.deliveries.record(guid=guid, event="issues", payload=b'{"\xff": 1}', now=now)


def due_keys(ledger: Ledger, now: datetime = NOW) -> list[str]:
    return [item.key for item in ledger.outbox.due(now, 100)]


def test_a_redelivery_is_known(ledger: Ledger) -> None:
    """GitHub sends again under the same GUID: before the work is done and after, it is not stored a second time."""
    assert deliver(ledger, "one")
    assert not deliver(ledger, "one")
    ledger.deliveries.finish("one", now=NOW)

    assert not deliver(ledger, "one")
    assert ledger.deliveries.next(NOW) is None


def test_deliveries_come_out_in_the_order_in_which_they_came_in(ledger: Ledger) -> None:
    """Even when the clock was set back between them."""
    deliver(ledger, "first")
    deliver(ledger, "second", now=NOW - MINUTE)

    first = ledger.deliveries.next(NOW)
    assert first == Delivery(guid="first", event="issues", payload=b'{"\xff": 1}', tries=0)
    ledger.deliveries.finish("first", now=NOW, note="queued octo/tools#1")

    second = ledger.deliveries.next(NOW)
    assert second is not None
    assert second.guid == "second"


def test_a_postponed_delivery_lets_others_pass_and_comes_back(ledger: Ledger) -> None:
    deliver(ledger, "first")
    deliver(ledger, "second")
    ledger.deliveries.postpone("first", until=NOW + MINUTE, note="GitHub answers 502")

    passing, back = ledger.deliveries.next(NOW), ledger.deliveries.next(NOW + MINUTE)

    assert passing is not None
    assert passing.guid == "second"
    assert back is not None
    assert (back.guid, back.tries) == ("first", 1)


def test_posting_again_replaces_what_was_to_be_said(ledger: Ledger) -> None:
    """A burst of changes to one comment becomes one request."""
    ledger.outbox.post("status:octo/tools#1", kind="comment", payload={"text": "queued"}, now=NOW)
    ledger.outbox.post("status:octo/tools#1", kind="comment", payload={"text": "running 🏃"}, now=NOW)

    (item,) = ledger.outbox.due(NOW, 100)
    assert item == OutboxItem(
        key="status:octo/tools#1", kind="comment", payload={"text": "running 🏃"}, tries=0, version=2
    )
    assert ledger.outbox.size() == 1


def test_what_was_posted_while_the_last_version_was_being_said_is_still_said(ledger: Ledger) -> None:
    """The sender of version 1 may not finish version 2."""
    ledger.outbox.post("k", kind="comment", payload={"n": 1}, now=NOW)
    (said,) = ledger.outbox.due(NOW, 100)
    ledger.outbox.post("k", kind="comment", payload={"n": 2}, now=NOW)

    ledger.outbox.finish("k", said.version)

    (newer,) = ledger.outbox.due(NOW, 100)
    assert (newer.payload, newer.version) == ({"n": 2}, 2)
    ledger.outbox.finish("k", newer.version)
    assert ledger.outbox.size() == 0


def test_versions_rise_on_after_a_key_was_said(ledger: Ledger) -> None:
    """A slow sender of an old version can never finish a later one by having the same number."""
    for version in (1, 2, 3):
        ledger.outbox.post("k", kind="comment", payload={}, now=NOW)
        (item,) = ledger.outbox.due(NOW, 100)
        assert item.version == version
        ledger.outbox.finish("k", version)


def test_what_github_did_not_take_is_said_again_later(ledger: Ledger) -> None:
    ledger.outbox.post("a", kind="comment", payload={}, now=NOW)
    ledger.outbox.post("b", kind="label", payload={}, now=NOW)
    ledger.outbox.retry("a", at=NOW + MINUTE, note="502")

    assert due_keys(ledger) == ["b"]
    assert due_keys(ledger, NOW + MINUTE) == ["b", "a"]
    assert [item.tries for item in ledger.outbox.due(NOW + MINUTE, 100)] == [0, 1]
    assert ledger.outbox.size() == 2


def test_a_retry_of_what_was_said_already_says_nothing(ledger: Ledger) -> None:
    ledger.outbox.post("a", kind="comment", payload={}, now=NOW)
    ledger.outbox.finish("a", 1)

    ledger.outbox.retry("a", at=NOW, note="late")

    assert due_keys(ledger) == []


def test_things_are_said_in_the_order_in_which_they_fell_due(ledger: Ledger) -> None:
    for key in ("z", "a", "m"):
        ledger.outbox.post(key, kind="label", payload={}, now=NOW)

    assert due_keys(ledger) == ["z", "a", "m"]
    assert len(ledger.outbox.due(NOW, 2)) == 2


def test_what_a_person_waits_for_comes_before_any_number_of_statuses(ledger: Ledger) -> None:
    """A hundred labels at once fill the outbox with statuses; the answer to a command is not behind them."""
    for number in range(100):
        ledger.outbox.post(f"status:a#{number}", kind="status", payload={}, now=NOW)
    ledger.outbox.post("reply:comment:8", kind="reply", payload={}, now=NOW + MINUTE)
    ledger.outbox.post("reaction:8", kind="reaction", payload={}, now=NOW + 2 * MINUTE)

    first = [item.key for item in ledger.outbox.due(NOW + 2 * MINUTE, 3)]

    assert first == ["reaction:8", "reply:comment:8", "status:a#0"]


def test_a_wait_that_was_asked_for_is_no_try(ledger: Ledger) -> None:
    """However long a limit lasts, nothing is given up for it."""
    ledger.outbox.post("status:a#1", kind="status", payload={}, now=NOW)
    ledger.outbox.retry("status:a#1", at=NOW, note="limited", counts=False)
    ledger.outbox.retry("status:a#1", at=NOW, note="no answer")

    (item,) = ledger.outbox.due(NOW, 10)
    assert item.tries == 1
