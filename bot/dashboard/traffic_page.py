"""Deliveries from GitHub, and messages to GitHub and to receivers: what waits, what failed and why."""

from __future__ import annotations

from typing import TypeVar

from flask import request

from bot.adapters.store.traffic import RowFilter, ShownMessage
from bot.core.references import parse_issue
from bot.dashboard.paging import ListPart, read_part
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer

T = TypeVar("T")


def show_deliveries(sources: Sources, viewer: Viewer) -> Page:
    """Only for who reads everything: a delivery does not say of which repository it was once its payload is gone."""
    chosen = _read_choice()
    with sources.store.read() as ledger:
        part = read_part(
            lambda limit, offset: (
                ledger.traffic.deliveries(chosen, limit=limit, offset=offset) if viewer.reads is None else []
            )
        )
    return Page(template="deliveries.html", shown=_describe(chosen, part))


def show_outbox(sources: Sources, viewer: Viewer) -> Page:
    """Who does not read everything sees the messages about issues of their repositories."""
    chosen = _read_choice()
    with sources.store.read() as ledger:
        part = read_part(lambda limit, offset: ledger.traffic.messages(chosen, limit=limit, offset=offset))
    readable = [row for row in part.rows if viewer.reads is None or _may_read(row, viewer)]
    return Page(template="outbox.html", shown=_describe(chosen, part) | {"rows": readable})


def _describe(chosen: RowFilter, part: ListPart[T]) -> dict[str, object]:
    return {"chosen": chosen, "choices": list(RowFilter), "part": part}


def _read_choice() -> RowFilter:
    named = request.args.get("show", "")
    return RowFilter(named) if named in set(RowFilter) else RowFilter.ALL


def _may_read(message: ShownMessage, viewer: Viewer) -> bool:
    try:
        return viewer.may_read(parse_issue(str(message.payload.get("issue", ""))).repository)
    except ValueError:
        return False
