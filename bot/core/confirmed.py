"""Confirms a session's result with the relay's record: failures that only the API can cause, turns, and cost.

The code that a session runs can write to its stream. So a failure that pauses the queue, and every figure of the cost,
counts only if the relay saw the API answer so.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.pauses import Cause
from bot.core.session import SessionResult
from bot.core.witness import Exchange, Witness

_OK = 200
_BAD_REQUEST = 400
_REFUSED = (401, 403)
_TOO_MANY = 429
_SERVER_ERROR = 500
_NO_CREDIT = "credit balance is too low"
_OVERLOADED = frozenset({"overloaded_error", "api_error", "timeout_error", "rate_limit_error", "unreachable"})


def confirm(result: SessionResult, witness: Witness, *, has_credential: bool) -> SessionResult:
    """The result as far as the relay bears it out. `has_credential`: without one the API is never asked."""
    counted = replace(result, turns=witness.turns, cost_usd=witness.cost_usd, windows=witness.windows, resets_at=None)
    if result.failure is None or not policy(result.failure).only_by_api:
        return counted
    seen = failure_of(witness.last) if has_credential else FailureKind.AUTH_FAILED
    if seen is not None:
        return replace(counted, failure=seen, resets_at=_resets_at(witness, seen))
    return replace(counted, failure=_unconfirmed_kind(result.failure), detail=_describe(result))


def failure_of(exchange: Exchange | None) -> FailureKind | None:
    """What kind of failure of the API an exchange shows, if any."""
    if exchange is None or exchange.answered:
        return None
    status = exchange.status
    if status in _REFUSED:
        return FailureKind.AUTH_FAILED
    if status == _BAD_REQUEST and _NO_CREDIT in exchange.error_text.lower():
        return FailureKind.CREDIT_EXHAUSTED
    if status == _TOO_MANY and exchange.limited:
        return FailureKind.USAGE_LIMIT
    if status is None or status == _TOO_MANY or status >= _SERVER_ERROR:
        return FailureKind.API_UNAVAILABLE
    broke_off = not exchange.whole or exchange.error_type in _OVERLOADED
    return FailureKind.API_UNAVAILABLE if status == _OK and broke_off else None


def _resets_at(witness: Witness, kind: FailureKind) -> datetime | None:
    return witness.last.resets_at if witness.last and policy(kind).pauses is Cause.USAGE_LIMIT else None


def _unconfirmed_kind(kind: FailureKind) -> FailureKind:
    """Only the API can report a limit, a refused credential or missing credit, so the stream was forged. A failed
    connection may also be between Claude Code and the relay: it counts as a crash, which is retried."""
    return FailureKind.AGENT_CRASHED if kind == FailureKind.API_UNAVAILABLE else FailureKind.GUARDS_UNPROVEN


def _describe(result: SessionResult) -> str:
    return f"Claude Code reported {result.failure}, which the relay did not see the API answer: {result.detail}"
