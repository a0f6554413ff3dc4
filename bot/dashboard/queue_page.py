"""The queue: what is ready, in its order, and what waits for something else, each with the reason."""

from __future__ import annotations

from bot.core.tasks import Priority, Task
from bot.dashboard.paging import ListPart, read_part
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.dashboard.waits import Reasons


def show_queue(sources: Sources, viewer: Viewer) -> Page:
    now = sources.clock()
    with sources.store.read() as ledger:
        pause = sources.queue.pause(ledger, now)
        behind = ledger.queue_state.holding().behind()
        ready = read_part(
            lambda limit, offset: ledger.overview.upcoming(
                now, behind, limit=limit, offset=offset, readable=viewer.reads
            )
        )
        unready = read_part(
            lambda limit, offset: ledger.overview.waiting(limit=limit, offset=offset, readable=viewer.reads), "waits"
        )
        reasons = Reasons(ledger=ledger, queue=sources.queue, now=now, pause=pause)
        lists = [
            _describe("Ready", ready, reasons, viewer),
            _describe("Waits for something else", unready, reasons, viewer),
        ]
    shown = {
        "pause": pause,
        "lists": lists,
        "priorities": list(Priority),
        "may_pause": viewer.writes is None,
        "may_act": viewer.writes is None or bool(viewer.writes),
        "form_token": viewer.form_token,
    }
    return Page(template="queue.html", shown=shown)


def _describe(name: str, part: ListPart[Task], reasons: Reasons, viewer: Viewer) -> dict[str, object]:
    waits = reasons.of(part.rows)
    return {
        "name": name,
        "part": ListPart(rows=waits, parameter=part.parameter, number=part.number, has_more=part.has_more),
        "may_write": {wait.task.issue for wait in waits if viewer.may_write(wait.task.issue.repository)},
    }
