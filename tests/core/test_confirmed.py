"""What a session says of the API counts only where the relay saw it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.confirmed import confirm
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.session import SessionResult
from bot.core.transcript import Transcript
from bot.core.witness import Exchange, Witness

RESET = datetime(2026, 3, 1, 12, tzinfo=UTC)
GOOD = Exchange(number=1, status=200, whole=True, message_id="msg_1", cost_usd=0.25)

OF_THE_API = frozenset(kind for kind in FailureKind if policy(kind).only_by_api)


def streamed(failure: FailureKind | None) -> SessionResult:
    result = Transcript().result(0, failure)
    return replace(result, failure=failure, resets_at=datetime(2099, 1, 1, tzinfo=UTC), cost_usd=0.0, turns=9)


@pytest.mark.parametrize(
    ("last", "kind"),
    [
        (Exchange(number=2, status=429, limited=True, resets_at=RESET, whole=True), FailureKind.USAGE_LIMIT),
        (Exchange(number=2, status=429, error_type="rate_limit_error", whole=True), FailureKind.API_UNAVAILABLE),
        (Exchange(number=2, status=401, whole=True), FailureKind.AUTH_FAILED),
        (Exchange(number=2, status=403, whole=True), FailureKind.AUTH_FAILED),
        (
            Exchange(number=2, status=400, error_text="Your credit balance is too low to access", whole=True),
            FailureKind.CREDIT_EXHAUSTED,
        ),
        (Exchange(number=2, status=529, whole=True), FailureKind.API_UNAVAILABLE),
        (Exchange(number=2, error_type="unreachable"), FailureKind.API_UNAVAILABLE),
        (Exchange(number=2, status=200, whole=False), FailureKind.API_UNAVAILABLE),
        (Exchange(number=2, status=200, whole=True, error_type="overloaded_error"), FailureKind.API_UNAVAILABLE),
    ],
)
@pytest.mark.parametrize("said", sorted(OF_THE_API))
def test_the_relay_says_which_failure_it_was(last: Exchange, kind: FailureKind, said: FailureKind) -> None:
    """And when a limit resets: the API's own headers, not the stream."""
    result = confirm(streamed(said), Witness(exchanges=(GOOD, last)), has_credential=True)

    assert result.failure == kind
    assert result.resets_at == (RESET if kind is FailureKind.USAGE_LIMIT else None)


@pytest.mark.parametrize("last", [GOOD, Exchange(number=2, status=400, error_text="bad", whole=True), None])
@pytest.mark.parametrize("said", sorted(OF_THE_API))
def test_what_the_relay_did_not_see_is_not_believed(last: Exchange | None, said: FailureKind) -> None:
    """A limit, a credential, a credit: only the API can say so. Unreachable it may have been: a crash."""
    result = confirm(streamed(said), Witness(exchanges=(last,) if last else ()), has_credential=True)

    assert result.failure == (
        FailureKind.AGENT_CRASHED if said is FailureKind.API_UNAVAILABLE else FailureKind.GUARDS_UNPROVEN
    )
    assert result.resets_at is None
    assert f"Claude Code reported {said}, which the relay did not see" in result.detail


def test_every_failure_that_pauses_the_queue_needs_the_relay() -> None:
    assert {kind for kind in FailureKind if policy(kind).pauses} <= OF_THE_API


def test_without_a_credential_the_api_is_never_asked() -> None:
    result = confirm(streamed(FailureKind.AUTH_FAILED), Witness(), has_credential=False)

    assert result.failure == FailureKind.AUTH_FAILED


@pytest.mark.parametrize("said", [None, FailureKind.STALLED, FailureKind.PROMPT_TOO_LONG, FailureKind.CANCELLED])
def test_turns_and_cost_are_the_relays(said: FailureKind | None) -> None:
    """Whatever the stream says of them. Other ends are the session's own to tell."""
    result = confirm(streamed(said), Witness(exchanges=(GOOD,)), has_credential=True)

    assert (result.failure, result.turns, result.cost_usd, result.resets_at) == (said, 1, 0.25, None)
