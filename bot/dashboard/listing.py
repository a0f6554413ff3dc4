"""All tasks of a state, those that changed last first."""

from __future__ import annotations

from flask import request

from bot.core.tasks import State
from bot.dashboard.paging import read_part
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer


def show_list(sources: Sources, viewer: Viewer) -> Page:
    """An unknown state counts as none given: then it is what failed."""
    named = request.args.get("state", "")
    state = State(named) if named in set(State) else State.FAILED
    with sources.store.read() as ledger:
        part = read_part(
            lambda limit, offset: ledger.overview.newest(state, limit=limit, offset=offset, readable=viewer.reads)
        )
        counts = ledger.overview.counts(viewer.reads)
        sums = ledger.overview.sums([task.id for task in part.rows])
    shown = {
        "chosen": state,
        "states": list(State),
        "counts": counts,
        "part": part,
        "sums": sums,
    }
    return Page(template="tasks.html", shown=shown)
