"""The commits and the conversation of a session that was stopped early: the next attempt resumes from them.

The commits are in the mirror, under a ref that is never pushed. They are published only if a later session finishes
them, is proven, and is judged like any other.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from bot.adapters.store import Ledger
from bot.core.references import IssueRef

_PREFIX = "kept-work:"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWork:
    """`head`: the last commit, which is based on `base`; None if there is no commit yet. `session_id`: the conversation
    to resume, empty if none was kept. `cost_usd`: the cost so far."""

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
    """The commits that later sessions may resume from, of all repositories."""
    notes = (json.loads(note) for note in ledger.memory.recall_prefix(_PREFIX).values() if note)
    return {note["head"] for note in notes if note["head"]}


def _key(issue: IssueRef) -> str:
    return f"{_PREFIX}{issue}"
