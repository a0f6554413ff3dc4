"""One page and its JSON: whether the queue runs, why not and until when, and how many tasks are where.

The page may be public, so nothing here names a repository, an issue or a person: reasons that do are shown on
GitHub and by `nightshift doctor`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import Any

from flask import Blueprint, Response, jsonify

from bot.adapters.store import Store
from bot.core.pauses import Cause, Pause
from bot.core.tasks import State
from bot.steps.queue import Queue

_WHY = {
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
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="60"><title>Nightshift</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem; color: #1f2328 }}
.banner {{ border-radius: 6px; padding: 1rem; border: 1px solid; }}
.works {{ background: #dafbe1; border-color: #4ac26b }} .waits {{ background: #fff8c5; border-color: #d4a72c }}
table {{ border-collapse: collapse; margin-top: 1.5rem }} td {{ padding: .2rem 1.5rem .2rem 0 }}
td + td {{ text-align: right; font-variant-numeric: tabular-nums }}
</style></head><body><h1>Nightshift</h1><p class="banner {state}"><strong>{headline}</strong> {why}</p>
<table>{rows}</table></body></html>
"""


def banner(store: Store, queue: Queue, clock: Callable[[], datetime]) -> Blueprint:
    pages = Blueprint("banner", __name__)

    @pages.get("/")
    def page() -> Response:
        return Response(_html(_status(store, queue, clock())), mimetype="text/html", headers=_HEADERS)

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
        counts = ledger.statistics.counts()
    return {"works": pause is None, **_describe(pause), "tasks": counts}


def _describe(pause: Pause | None) -> dict[str, str | None]:
    if pause is None:
        return dict.fromkeys(("cause", "why", "since", "until"))
    until = pause.until.isoformat(timespec="seconds") if pause.until else None
    since = pause.since.isoformat(timespec="seconds")
    return {"cause": pause.cause.value, "why": _WHY[pause.cause], "since": since, "until": until}


def _html(status: dict[str, Any]) -> str:
    until = f" Until {status['until']}." if status["until"] else ""
    since = f" Since {status['since']}." if status["since"] else ""
    rows = "".join(
        f"<tr><td>{escape(state.value.replace('_', ' '))}</td><td>{status['tasks'][state.value]}</td></tr>"
        for state in State
    )
    return _PAGE.format(
        state="works" if status["works"] else "waits",
        headline="The queue runs." if status["works"] else "The queue waits.",
        why=escape(f"{status['why']}{since}{until}") if status["why"] else "",
        rows=rows,
    )
