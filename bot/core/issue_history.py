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


def is_base_lost(history: Sequence[Happened]) -> bool:
    """Whether GitHub closed the pull request since the branch that it was based on was deleted: its last end comes
    right after that, as nothing that a person does (https://github.com/cli/cli/issues/14223)."""
    ends = [number for number, event in enumerate(history) if event.kind in {"closed", "reopened"}]
    last = ends[-1] if ends else 0
    return last > 0 and history[last].kind == "closed" and history[last - 1].kind == "base_ref_deleted"


def was_reopened(history: Sequence[Happened], by: int) -> bool:
    """`by`: the number of an account."""
    return any(event.kind == "reopened" and event.actor.id == by for event in history)


def _is(event: Happened, label: str) -> bool:
    return (event.label or "").lower() == label.lower()
