"""Deliveries from GitHub, and messages to GitHub and to receivers: what waits, what failed and why."""

from __future__ import annotations

from flask import request

from bot.adapters.store.traffic import RowFilter, ShownMessage
from bot.core.references import parse_issue
from bot.dashboard.listing import PAGE_SIZE, page_number
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer


def show_deliveries(sources: Sources, viewer: Viewer) -> Page:
    """Only for who reads everything: a delivery does not say of which repository it was once its payload is gone."""
    chosen, page = _read_choice(), page_number("page")
    with sources.store.read() as ledger:
        rows = (
            ledger.traffic.deliveries(chosen, limit=PAGE_SIZE + 1, offset=page * PAGE_SIZE)
            if viewer.reads is None
            else []
        )
    return Page(template="deliveries.html", shown=_describe(chosen, page, len(rows)) | {"rows": rows[:PAGE_SIZE]})


def show_outbox(sources: Sources, viewer: Viewer) -> Page:
    """Who does not read everything sees the messages about issues of their repositories."""
    chosen, page = _read_choice(), page_number("page")
    with sources.store.read() as ledger:
        rows = ledger.traffic.messages(chosen, limit=PAGE_SIZE + 1, offset=page * PAGE_SIZE)
    readable = [row for row in rows[:PAGE_SIZE] if viewer.reads is None or _may_read(row, viewer)]
    return Page(template="outbox.html", shown=_describe(chosen, page, len(rows)) | {"rows": readable})


def _describe(chosen: RowFilter, page: int, found: int) -> dict[str, object]:
    return {"chosen": chosen, "choices": list(RowFilter), "number": page, "has_more": found > PAGE_SIZE}


def _read_choice() -> RowFilter:
    named = request.args.get("show", "")
    return RowFilter(named) if named in set(RowFilter) else RowFilter.ALL


def _may_read(message: ShownMessage, viewer: Viewer) -> bool:
    try:
        return viewer.may_read(parse_issue(str(message.payload.get("issue", ""))).repository)
    except ValueError:
        return False
