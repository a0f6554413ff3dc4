"""Deliveries that GitHub is asked to send again: used, not accepted and not in the ledger, a bounded number of
times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.core.redelivery import MOST_ASKED, MOST_AT_ONCE, DeliveryAttempt, plan

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
FAILED = DeliveryAttempt(
    id=10, guid="a", event="issues", action="labeled", delivered_at=NOW - timedelta(hours=1), status_code=502
)


def again(*attempts: DeliveryAttempt, held: tuple[str, ...] = (), asked: dict[str, int] | None = None) -> list[int]:
    return [each.id for each in plan(attempts, held=held, asked=asked or {}, now=NOW).again]


def test_the_last_attempt_of_a_delivery_that_was_not_stored_is_repeated() -> None:
    assert again(FAILED, replace(FAILED, id=11, status_code=504)) == [11]


def test_one_attempt_that_was_taken_in_is_enough() -> None:
    """Whichever it is: the first may have been late, and the second been asked for meanwhile."""
    assert again(FAILED, replace(FAILED, id=11, status_code=202)) == []
    assert again(replace(FAILED, status_code=204), replace(FAILED, id=11)) == []


def test_a_redirection_is_not_taken_in() -> None:
    assert again(replace(FAILED, status_code=301)) == [10]


def test_what_the_ledger_holds_or_has_no_use_for_is_left_alone() -> None:
    """A web server that answered too late has stored the delivery even so."""
    assert again(FAILED, held=("a",)) == []
    assert again(replace(FAILED, event="push", action=None)) == []
    assert again(replace(FAILED, event="issue_comment", action="edited")) == []


def test_it_is_asked_for_a_few_times_and_for_three_days() -> None:
    assert again(FAILED, asked={"a": MOST_ASKED - 1}) == [10]
    assert again(FAILED, asked={"a": MOST_ASKED}) == []
    assert again(replace(FAILED, delivered_at=NOW - timedelta(days=3))) == []


def test_many_are_asked_for_in_turns() -> None:
    """The oldest first; those that are left over are still looked at next time."""
    many = [replace(FAILED, id=number, guid=str(number)) for number in range(MOST_AT_ONCE + 5)]
    found = plan(many, held=(), asked={}, now=NOW)

    assert [each.id for each in found.again] == list(range(MOST_AT_ONCE))
    assert found.pending == {str(number): int(number < MOST_AT_ONCE) for number in range(MOST_AT_ONCE + 5)}


def test_the_log_is_settled_up_to_the_oldest_that_is_not() -> None:
    """So that the next reading pages back no further, and to nothing that has to be looked at."""
    older = replace(FAILED, id=1, guid="b", status_code=202, delivered_at=NOW - timedelta(hours=2))
    newer = replace(FAILED, id=12, guid="c", status_code=202, delivered_at=NOW)

    assert plan([newer, FAILED, older], held=(), asked={}, now=NOW).settled_until == FAILED.delivered_at
    assert plan([newer, FAILED, older], held=("a",), asked={}, now=NOW).settled_until == NOW
    assert plan([], held=(), asked={}, now=NOW).settled_until is None
