"""The queue: what is ready, in its order, and what waits for something else, each with the reason."""

from __future__ import annotations

from bot.core.tasks import Priority
from bot.dashboard.listing import PAGE_SIZE, page_number
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.dashboard.waits import Reasons, Wait


def show_queue(sources: Sources, viewer: Viewer) -> Page:
    now, ready_page, waits_page = sources.clock(), page_number("page"), page_number("waits")
    with sources.store.read() as ledger:
        pause = sources.queue.pause(ledger, now)
        behind = ledger.queue_state.holding().behind()
        ready = ledger.overview.upcoming(
            now, behind, limit=PAGE_SIZE + 1, offset=ready_page * PAGE_SIZE, readable=viewer.reads
        )
        unready = ledger.overview.waiting(limit=PAGE_SIZE + 1, offset=waits_page * PAGE_SIZE, readable=viewer.reads)
        reasons = Reasons(ledger=ledger, queue=sources.queue, now=now, pause=pause)
        lists = [
            _part("Ready", "page", reasons.of(ready), ready_page, viewer),
            _part("Waits for something else", "waits", reasons.of(unready), waits_page, viewer),
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


def _part(name: str, parameter: str, waits: list[Wait], page: int, viewer: Viewer) -> dict[str, object]:
    return {
        "name": name,
        "parameter": parameter,
        "waits": waits[:PAGE_SIZE],
        "may_write": {wait.task.issue for wait in waits if viewer.may_write(wait.task.issue.repository)},
        "number": page,
        "has_more": len(waits) > PAGE_SIZE,
    }
