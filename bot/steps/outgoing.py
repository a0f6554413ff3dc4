"""Queues what GitHub shows of a task: its status comment, its labels, and what notifies a person."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.references import IssueRef


def show_status(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Queue an update of the status comment and the state label of `issue`. Several updates become one edit."""
    ledger.outbox.post_status(issue, now)


def queue_notice(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Queue what tells the person whose turn it is, or the edit of what told them before."""
    ledger.outbox.post(f"notice:{issue}", kind="notice", payload={"issue": str(issue)}, now=now)
