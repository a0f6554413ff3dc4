"""What a session that was cut short had made so far: the next attempt goes on from it instead of from nothing.

It lies in the mirror, under a ref that is never pushed, and is published only if a later session comes to its end with
it, is proven, and is judged like any other.
"""

from __future__ import annotations

from bot.adapters.store import KeptWork, Ledger
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State

__all__ = ["CUT_SHORT", "USED_UP", "KeptWork", "kept_heads", "kept_work", "note_kept_work"]

CUT_SHORT = frozenset(
    {
        FailureKind.SESSION_TIMEOUT,
        FailureKind.WALL_CLOCK_TIMEOUT,
        FailureKind.STALLED,
        FailureKind.BUDGET_EXHAUSTED,
        FailureKind.API_UNAVAILABLE,
        FailureKind.USAGE_LIMIT,
        FailureKind.AUTH_FAILED,
        FailureKind.CREDIT_EXHAUSTED,
        FailureKind.WORKER_LOST,
    }
)
"""Ends that say nothing against what was done until then."""

USED_UP = frozenset({State.IN_REVIEW, State.NO_CHANGE})
"""States in which the task has come to its end with what was kept: no later session goes on from it."""


def note_kept_work(ledger: Ledger, issue: IssueRef, work: KeptWork | None) -> None:
    if work is None:
        ledger.kept_work.forget(issue)
    else:
        ledger.kept_work.keep(issue, work)


def kept_work(ledger: Ledger, issue: IssueRef) -> KeptWork | None:
    return ledger.kept_work.of(issue)


def kept_heads(ledger: Ledger) -> set[str]:
    """The commits that later sessions may go on from, of all repositories."""
    return ledger.kept_work.heads()
