"""Reads an issue's history on GitHub: the event that approved it last, and the one that stopped it before."""

from __future__ import annotations

from collections.abc import Sequence

from bot.core.facts import Happened


def find_ask_and_stop(history: Sequence[Happened], label: str) -> tuple[Happened | None, Happened | None]:
    """For an issue that is open and has the label: the last event that asked for it, and the last event before that
    which stopped it. `labeled` and `reopened` ask; `unlabeled` and `closed` stop. The oldest event comes first."""
    asked = stopped = before = None
    for event in history:
        if event.kind == "reopened" or (event.kind == "labeled" and _is(event, label)):
            asked, before = event, stopped
        elif event.kind == "closed" or (event.kind == "unlabeled" and _is(event, label)):
            stopped = event
    return asked, before


def why_stopped(event: Happened) -> str:
    """A clause for people."""
    return "the issue was closed" if event.kind == "closed" else f"{event.actor.login} took the label off"


def find_last_rename(history: Sequence[Happened]) -> Happened | None:
    renamed = [event for event in history if event.kind == "renamed"]
    return renamed[-1] if renamed else None


def _is(event: Happened, label: str) -> bool:
    return (event.label or "").lower() == label.lower()
