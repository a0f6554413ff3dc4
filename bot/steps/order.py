"""What the ledger keeps of what came last to an issue, so that what is older and comes later is known as past."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Latest, Ledger
from bot.core.effects import Commanded, Edited, Stopped
from bot.core.references import IssueRef


def latest(ledger: Ledger, issue: IssueRef) -> Latest:
    return ledger.issue_order.latest(issue)


def keep_order(effect: Edited | Stopped | Commanded, ledger: Ledger) -> None:
    known = ledger.issue_order.latest(effect.issue)
    changed = _with(known, effect)
    if changed != known:
        ledger.issue_order.keep(effect.issue, changed)


def _with(known: Latest, effect: Edited | Stopped | Commanded) -> Latest:
    match effect:
        case Edited() if _is_later(effect.at, known.edited_at):
            return replace(known, edited_at=effect.at)
        case Stopped() if _is_later(effect.at, known.stopped_at):
            return replace(known, stopped_at=effect.at)
        case Commanded() if effect.comment > known.command:
            return replace(known, command=effect.comment, cancelled_at=effect.at if effect.cancels else None)
    return known


def _is_later(at: datetime, known: datetime | None) -> bool:
    return known is None or known < at
