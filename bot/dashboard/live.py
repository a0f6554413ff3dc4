"""What runs now, while the page is open.

A stream takes one of the few threads that also receive deliveries. So each process of the web server serves one at a
time, for a minute; a page that gets none asks every now and then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http import HTTPStatus

from flask import Response, render_template, stream_with_context

from bot.dashboard.home import read_working
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.dashboard.words import PageWords

_ONE_STREAM = threading.BoundedSemaphore(1)
_LASTS, _BETWEEN = 60, 2  # seconds


def show_live(sources: Sources, viewer: Viewer) -> Page:
    with sources.store.read() as ledger:
        working = tuple(read_working(ledger, viewer.reads))
    return Page(template="working.html", shown={"working": working})


def stream_live(sources: Sources, viewer: Viewer) -> Response:
    """Server-sent events: the part of the page, whenever it changed. 503 while another page has the stream."""
    if not _ONE_STREAM.acquire(blocking=False):
        return Response("another page has the stream\n", status=HTTPStatus.SERVICE_UNAVAILABLE, mimetype="text/plain")
    answer = Response(stream_with_context(_events(sources, viewer)), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"  # nginx would keep the events until there are many
    answer.call_on_close(_ONE_STREAM.release)
    return answer


def _events(sources: Sources, viewer: Viewer) -> Iterator[str]:
    """Something is written each time, so that a browser that went away is noticed."""
    shown = ""
    for _ in range(_LASTS // _BETWEEN):
        page = show_live(sources, viewer)
        words = PageWords(viewer=viewer, now=sources.clock(), web_url=sources.web_url, workflows=sources.workflows)
        text = render_template(page.template, **words.names(), **page.shown)
        yield _event(text) if text != shown else ": nothing new\n\n"
        shown = text
        time.sleep(_BETWEEN)


def _event(text: str) -> str:
    return "".join(f"data: {line}\n" for line in text.splitlines()) + "\n"
