"""What a session that was cut short had made so far: the next attempt goes on from it instead of from nothing.

It lies in the mirror, under a ref that is never pushed, and is published only if a later session comes to its end with
it, is proven, and is judged like any other.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.adapters.store import Ledger
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State

_PREFIX = "kept-work:"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWork:
    """`head`: the commit that holds it, None if there was nothing yet; it stands on `base`. `session_id`: the
    conversation to go on with, empty if none was kept; `cost_usd`: what it has cost so far."""

    attempt: int
    base: str
    head: str | None
    session_id: str
    cost_usd: float


def note_kept_work(ledger: Ledger, issue: IssueRef, work: KeptWork | None) -> None:
    ledger.memory.remember(_key(issue), json.dumps(asdict(work)) if work is not None else "")


def kept_work(ledger: Ledger, issue: IssueRef) -> KeptWork | None:
    noted = ledger.memory.recall(_key(issue))
    return KeptWork(**json.loads(noted)) if noted else None


def kept_heads(ledger: Ledger) -> set[str]:
    """The commits that later sessions may go on from, of all repositories."""
    notes = (json.loads(note) for note in ledger.memory.recall_prefix(_PREFIX).values() if note)
    return {note["head"] for note in notes if note["head"]}


def _key(issue: IssueRef) -> str:
    return f"{_PREFIX}{issue}"
