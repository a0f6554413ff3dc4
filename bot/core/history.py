"""What an issue's history says of its label: who asked for it last, and what stopped it before."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.facts import Happened


def asked_and_stopped(history: Sequence[Happened], label: str) -> tuple[Happened | None, Happened | None]:
    """Of an issue that is open and has the label: the event that asked for it last, and the last one before that which
    stopped it. A label and a reopening ask; taking the label off and closing stop. The oldest event comes first."""
    asked = stopped = before = None
    for event in history:
        if event.kind == "reopened" or (event.kind == "labeled" and _is(event, label)):
            asked, before = event, stopped
        elif event.kind == "closed" or (event.kind == "unlabeled" and _is(event, label)):
            stopped = event
    return asked, before


def stopped_by(event: Happened) -> str:
    return "the issue was closed" if event.kind == "closed" else f"{event.actor.login} took the label off"


def last_renaming(history: Sequence[Happened]) -> Happened | None:
    renamed = [event for event in history if event.kind == "renamed"]
    return renamed[-1] if renamed else None


def _is(event: Happened, label: str) -> bool:
    return (event.label or "").lower() == label.lower()
