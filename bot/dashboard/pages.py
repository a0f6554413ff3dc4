"""The pages of the dashboard: their addresses, who may see them, and the headers that they are sent with.

A page's own module is imported when it is first asked for: a web server that only stores deliveries pays nothing.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from bot.core.references import IssueRef
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.dashboard.words import PageWords

PAGES = (
    *(("/", "Tonight"), ("/queue", "Queue"), ("/tasks", "Tasks"), ("/graph", "Graph"), ("/figures", "Figures")),
    *(("/outbox", "Outbox"), ("/deliveries", "Deliveries"), ("/doctor", "Doctor")),
)
_A_TASK = "/tasks/<owner>/<name>/<int:number>"
_FUNCTIONS = {
    "/queue": "queue_page:show_queue",
    "/tasks": "listing:show_list",
    _A_TASK: "task_page:show_task",
    f"{_A_TASK}/attempts/<int:attempt>": "attempt_page:show_attempt",
    "/transcripts.zip": "attempt_page:pack_transcripts",
    "/graph": "graph_page:show_graph",
    "/figures": "figures_page:show_figures",
    "/deliveries": "traffic_page:show_deliveries",
    "/outbox": "traffic_page:show_outbox",
    "/doctor": "doctor_page:show_doctor",
    "/live": "live:show_live",
    "/live/stream": "live:stream_live",
}
"""What answers for each address: a module of this package and its function, which takes the sources, the viewer, and
what the address names."""
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def pages(sources: Sources) -> Blueprint:
    """All pages except `/`, which strangers see too."""
    blueprint = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )
    blueprint.register_error_handler(HTTPException, _show_error)

    for address, function in _FUNCTIONS.items():
        blueprint.add_url_rule(address, function.partition(":")[2], partial(_show, sources, function))
    return blueprint


def _show(sources: Sources, function: str, **named: Any) -> Response:
    viewer = _demand_viewer(sources)
    module, _, name = function.partition(":")
    show = getattr(import_module(f"bot.dashboard.{module}"), name)
    if "owner" in named:
        number, repository = named.pop("number"), f"{named.pop('owner')}/{named.pop('name')}"
        named["issue"] = IssueRef(repository, number)
    shown = show(sources, viewer, **named)
    return _answer(sources, shown, viewer) if isinstance(shown, Page) else shown


def home(sources: Sources) -> Response | None:
    """What `/` shows to the present viewer; None for a stranger."""
    viewer = sources.find_viewer()
    if viewer is None:
        return None
    from bot.dashboard.home import show_home  # noqa: PLC0415 - see above

    return _answer(sources, show_home(sources, viewer), viewer)


def _demand_viewer(sources: Sources) -> Viewer:
    """404 for a stranger: that there is a page says something, too."""
    return sources.find_viewer() or abort(404)


def _answer(sources: Sources, page: Page, viewer: Viewer) -> Response:
    # Flask escapes what it fills into a template whose name ends in `.html`.
    words = PageWords(viewer=viewer, now=sources.clock(), web_url=sources.web_url, workflows=sources.workflows)
    shown = {**words.names(), "viewer": viewer, "here": request.path, "pages": PAGES, **page.shown}
    text = render_template(page.template, **shown)
    return Response(text, mimetype="text/html", headers=HEADERS)


def _show_error(error: HTTPException) -> Response:
    text = render_template("error.html", code=error.code, name=error.name, viewer=None)
    return Response(text, status=error.code, mimetype="text/html", headers=HEADERS)
