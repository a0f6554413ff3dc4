"""The commits and the conversation of a session that was stopped early: the next attempt resumes from them.

The commits are in the mirror, under a ref that is never pushed. They are published only if a later session finishes
them, is proven, and is judged like any other.
"""

from __future__ import annotations

from bot.adapters.store import KeptWork, Ledger
from bot.core.references import IssueRef

__all__ = ["KeptWork", "kept_heads", "kept_work", "note_kept_work"]


def note_kept_work(ledger: Ledger, issue: IssueRef, work: KeptWork | None) -> None:
    if work is None:
        ledger.kept_work.forget(issue)
    else:
        ledger.kept_work.keep(issue, work)


def kept_work(ledger: Ledger, issue: IssueRef) -> KeptWork | None:
    return ledger.kept_work.of(issue)


def kept_heads(ledger: Ledger) -> set[str]:
    """The commits that later sessions may resume from, of all repositories."""
    return ledger.kept_work.heads()
