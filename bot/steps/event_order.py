"""Records which event on an issue came last, by GitHub's own times: what arrives late must not undo what came after."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Latest, Ledger
from bot.core.effects import Note, NoteCommand, NoteEdit, NoteStop


def keep_order(effect: Note, ledger: Ledger) -> None:
    """Record the event, unless a later one of its kind is on record."""
    known = ledger.issue_order.latest(effect.issue)
    changed = _with(known, effect)
    if changed != known:
        ledger.issue_order.keep(effect.issue, changed)


def _with(known: Latest, effect: Note) -> Latest:
    match effect:
        case NoteEdit() if _is_later(effect.at, known.edited_at):
            return replace(known, edited_at=effect.at)
        case NoteStop() if _is_later(effect.at, known.stopped_at):
            return replace(known, stopped_at=effect.at)
        case NoteCommand() if effect.comment > known.command:
            return replace(known, command=effect.comment, cancelled_at=effect.at if effect.cancels else None)
    return known


def _is_later(at: datetime, known: datetime | None) -> bool:
    return known is None or known < at
