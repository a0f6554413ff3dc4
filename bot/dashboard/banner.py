"""One page and its JSON: whether the queue runs, why not and until when, and how many tasks are where.

The page may be public, so nothing here names a repository, an issue or a person: reasons that do are shown on
GitHub and by `nightshift doctor`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from bot.adapters.store import Store
from bot.core.pauses import Cause, Pause
from bot.core.tasks import State
from bot.steps.queue import Queue

_WHY = {  # Cause.SETTINGS is of one repository, and no pause of the queue
    Cause.PERSON: "Its operator has paused it.",
    Cause.STOP: "Its operator has stopped it.",
    Cause.LABEL: "A maintainer has paused it by a label.",
    Cause.ACCOUNT: "Claude does not accept its account: its operator has to look at `nightshift doctor`.",
    Cause.GITHUB: "GitHub does not accept its token: its operator has to look at `nightshift doctor`.",
    Cause.USAGE_LIMIT: "Claude's usage limit is reached.",
    Cause.WINDOW: "It works at other hours.",
    Cause.BUDGET: "Tonight's budget is used up.",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def banner(
    store: Store, queue: Queue, clock: Callable[[], datetime], home: Callable[[], Response | None] = lambda: None
) -> Blueprint:
    """`home`: what a person sees instead who may see more; None for a stranger."""
    pages = Blueprint("banner", __name__, template_folder="templates")

    @pages.get("/")
    def page() -> Response:
        if (known := home()) is not None:
            return known
        shown = _status(store, queue, clock())
        # Flask escapes what it fills into a template whose name ends in `.html`.
        text = render_template("banner.html", states=[state.value for state in State], **shown)
        return Response(text, mimetype="text/html", headers=_HEADERS)

    @pages.get("/status.json")
    def as_json() -> Response:
        answer = jsonify(_status(store, queue, clock()))
        answer.headers.update(_HEADERS)
        return answer

    return pages


def _status(store: Store, queue: Queue, now: datetime) -> dict[str, Any]:
    """`works`; `cause`, `why`, `since` and `until` of the pause (None where it works, or where it has no end); `tasks`
    by state."""
    with store.read() as ledger:
        pause = queue.pause(ledger, now)
        counts = ledger.overview.counts()
    return {"works": pause is None, **_describe(pause), "tasks": counts}


def _describe(pause: Pause | None) -> dict[str, str | None]:
    if pause is None:
        return dict.fromkeys(("cause", "why", "since", "until"))
    until = pause.until.isoformat(timespec="seconds") if pause.until else None
    since = pause.since.isoformat(timespec="seconds")
    return {"cause": pause.cause.value, "why": _WHY[pause.cause], "since": since, "until": until}
