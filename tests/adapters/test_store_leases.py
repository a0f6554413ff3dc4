"""Leases, fences and pauses: how long a claim lasts, and what a worker that lost its claim can no longer do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.adapters.store import Ledger, Store
from bot.core.failures import FailureKind
from bot.core.pauses import Cause
from bot.core.tasks import State
from tests.adapters.claims import LEASE, NOW, claim, claimed, enqueue, known, the_claim


@pytest.fixture
def ledger(store: Store) -> Iterator[Ledger]:
    with store.transaction() as ledger:
        yield ledger


def test_a_pause_holds_everything_back_until_it_is_over(ledger: Ledger) -> None:
    enqueue(ledger, "a#1")
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="usage limit", now=NOW)

    assert claim(ledger) is None
    pause = ledger.pauses.longest(NOW)
    assert pause is not None
    assert (pause.until, pause.reason, pause.since) == (NOW + LEASE, "usage limit", NOW)
    assert ledger.pauses.longest(NOW + LEASE) is None
    assert claimed(ledger, now=NOW + LEASE) == ["a#1"]


def test_a_pause_without_an_end_lasts_until_a_person_resumes(ledger: Ledger) -> None:
    """A usage limit's reset does not end what a person asked for."""
    enqueue(ledger, "a#1")
    ledger.pauses.begin(Cause.PERSON, until=None, reason="a person asked", now=NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="usage limit", now=NOW)

    assert claim(ledger, now=NOW + 100 * LEASE) is None
    ledger.pauses.end(Cause.USAGE_LIMIT)
    assert claim(ledger, now=NOW + 100 * LEASE) is None
    assert ledger.pauses.end() == [Cause.PERSON]
    assert claimed(ledger) == ["a#1"]


def test_a_longer_pause_replaces_a_shorter_one(ledger: Ledger) -> None:
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="short", now=NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + 2 * LEASE, reason="long", now=NOW)
    ledger.pauses.begin(Cause.USAGE_LIMIT, until=NOW + LEASE, reason="short again", now=NOW)

    pause = ledger.pauses.longest(NOW)
    assert pause is not None
    assert pause.reason == "long"


def test_heartbeats_keep_a_lease(ledger: Ledger) -> None:
    enqueue(ledger, "a#1")
    one = the_claim(ledger)

    assert ledger.claims.find_expired(NOW + LEASE / 2) == []
    assert ledger.claims.find_expired(NOW + LEASE) == [one.task]
    assert ledger.claims.extend(one.task.id, one.task.fence, now=NOW + LEASE / 2, lease=LEASE)
    assert ledger.claims.find_expired(NOW + LEASE) == []


def test_a_lost_claim_can_change_nothing(store: Store) -> None:
    """A worker froze, its task was claimed anew; when it wakes up, none of its writes goes through."""
    with store.transaction() as ledger:
        enqueue(ledger, "a#1")
        old = the_claim(ledger).task
    with store.transaction() as ledger:
        ledger.tasks.move(old.id, State.RUNNING, State.QUEUED, now=NOW, fence=old.fence)
        new = the_claim(ledger, now=NOW + LEASE).task
    assert new.fence > old.fence

    with store.transaction() as ledger:
        assert not ledger.claims.extend(old.id, old.fence, now=NOW, lease=LEASE)
        assert not ledger.pushes.finish(old.id, fence=old.fence, head="bad", now=NOW)
        assert not ledger.tasks.move(old.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=old.fence, pull_request=1)
        assert known(ledger, old) == new
        assert ledger.pushes.finish(new.id, fence=new.fence, head="good", now=NOW)


@pytest.mark.parametrize("target", [State.CANCELLED, State.FAILED, State.QUEUED])
def test_a_claim_is_lost_when_another_person_moves_the_task(ledger: Ledger, target: State) -> None:
    """`/cancel` needs no fence, and from then on the run cannot publish."""
    enqueue(ledger, "a#1")
    run = the_claim(ledger).task
    ledger.tasks.move(run.id, State.RUNNING, target, now=NOW, failure=FailureKind.CANCELLED)

    assert not ledger.claims.extend(run.id, run.fence, now=NOW, lease=LEASE)
    assert not ledger.pushes.finish(run.id, fence=run.fence, head="bad", now=NOW)


def test_the_transaction_that_ends_a_run_may_still_write_under_its_fence(store: Store) -> None:
    """The move and its other changes belong together; the next transaction under the same fence is too late."""
    with store.transaction() as ledger:
        enqueue(ledger, "a#1")
        run = the_claim(ledger).task

    with store.transaction() as ledger:
        assert ledger.tasks.move(run.id, State.RUNNING, State.IN_REVIEW, now=NOW, fence=run.fence, pull_request=7)
        assert ledger.pushes.finish(run.id, fence=run.fence, head="c0ffee", now=NOW)

    with store.transaction() as ledger:
        assert not ledger.pushes.finish(run.id, fence=run.fence, head="bad", now=NOW)


def test_a_fence_belongs_to_one_claim_of_one_task(ledger: Ledger) -> None:
    """No two claims share a number, so a fence alone says whose write it is; and no claim has 0."""
    for name in ("a#1", "b#1", "c#1"):
        enqueue(ledger, name)
    one, two = the_claim(ledger).task, the_claim(ledger).task

    assert one.fence != two.fence
    assert not ledger.pushes.finish(one.id, fence=two.fence, head="bad", now=NOW)
    assert not ledger.tasks.move(
        one.id, State.RUNNING, State.FAILED, now=NOW, fence=two.fence, failure=FailureKind.STALLED
    )
    assert not ledger.pushes.finish(one.id, fence=0, head="bad", now=NOW)


def test_a_limit_from_an_older_ledger_or_a_clock_that_was_ahead_is_not_waited_for(ledger: Ledger) -> None:
    """No usage limit lasts longer than eight days. What a person paused stays paused."""
    for until, stays in ((datetime(2099, 1, 1, tzinfo=UTC), False), (NOW + timedelta(days=8), True)):
        ledger.pauses.begin(Cause.USAGE_LIMIT, until=until, reason="x", now=NOW)
        ledger.waits.clamp_waits_after_clock_jump(NOW, beyond=timedelta(hours=1))
        assert (ledger.pauses.longest(NOW) is not None) == stays

    ledger.pauses.begin(Cause.PERSON, until=None, reason="x", now=NOW)
    ledger.waits.clamp_waits_after_clock_jump(NOW - timedelta(days=1), beyond=timedelta())
    assert [pause.cause for pause in ledger.pauses.current(NOW)] == [Cause.PERSON]
