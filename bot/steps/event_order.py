"""Stores which event of each kind was followed last on an issue, so that an older one that arrives late is ignored."""

from __future__ import annotations

from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.approval_events import Known
from bot.core.effects import Note, NoteCommand, NoteEdit, NoteStop
from bot.core.references import IssueRef


def read_known(ledger: Ledger, issue: IssueRef) -> Known:
    """The task of the issue, and the events on it that were followed."""
    command, _, cancelled = (ledger.memory.recall(_commanded(issue)) or "0").partition(" ")
    return Known(
        task=ledger.tasks.find(issue),
        edited_at=_moment(ledger.memory.recall(_edited(issue))),
        stopped_at=_moment(ledger.memory.recall(_stopped(issue))),
        command=int(command),
        cancelled_at=_moment(cancelled),
    )


def keep_order(effect: Note, ledger: Ledger) -> None:
    known = read_known(ledger, effect.issue)
    match effect:
        case NoteEdit():
            _keep(ledger, _edited(effect.issue), known.edited_at, effect.at)
        case NoteStop():
            _keep(ledger, _stopped(effect.issue), known.stopped_at, effect.at)
        case NoteCommand() if effect.comment > known.command:
            at = f" {effect.at.isoformat()}" if effect.cancels else ""
            ledger.memory.remember(_commanded(effect.issue), f"{effect.comment}{at}")


def _keep(ledger: Ledger, key: str, known: datetime | None, at: datetime) -> None:
    if known is None or known < at:
        ledger.memory.remember(key, at.isoformat())


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _edited(issue: IssueRef) -> str:
    return f"edited:{issue}"


def _stopped(issue: IssueRef) -> str:
    return f"stopped:{issue}"


def _commanded(issue: IssueRef) -> str:
    return f"commanded:{issue}"
