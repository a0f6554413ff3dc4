"""All tasks of a state, those that changed last first."""

from __future__ import annotations

from flask import request

from bot.core.tasks import State
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer

PAGE_SIZE = 50
_FURTHEST = 10_000  # pages


def show_list(sources: Sources, viewer: Viewer) -> Page:
    """An unknown state counts as none given: then it is what failed."""
    named, page = request.args.get("state", ""), page_number("page")
    state = State(named) if named in set(State) else State.FAILED
    with sources.store.read() as ledger:
        found = ledger.overview.newest(state, limit=PAGE_SIZE + 1, offset=page * PAGE_SIZE, readable=viewer.reads)
        counts = ledger.overview.counts(viewer.reads)
        sums = ledger.overview.sums([task.id for task in found])
    shown = {
        "chosen": state,
        "states": list(State),
        "counts": counts,
        "tasks": found[:PAGE_SIZE],
        "sums": sums,
        "number": page,
        "has_more": len(found) > PAGE_SIZE,
    }
    return Page(template="tasks.html", shown=shown)


def page_number(name: str) -> int:
    """From 0; 0 too for what is no number."""
    text = request.args.get(name, "")
    return min(int(text), _FURTHEST) if text.isascii() and text.isdecimal() and len(text) < len(str(_FURTHEST)) else 0
