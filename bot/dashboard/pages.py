"""The pages of the dashboard: their addresses, who may see them, and the headers that they are sent with.

A page's own module is imported when it is first asked for: a web server that only stores deliveries pays nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request
from werkzeug.exceptions import HTTPException

from bot.core.references import IssueRef
from bot.dashboard.sources import Page, Sources
from bot.dashboard.viewer import Viewer
from bot.dashboard.words import PageWords

_PAGES = (("/", "Tonight"), ("/queue", "Queue"), ("/tasks", "Tasks"))
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

    @blueprint.get("/queue")
    def queue() -> Response:
        viewer = _demand_viewer(sources)
        from bot.dashboard.queue_page import show_queue  # noqa: PLC0415 - see above

        return _answer(sources, show_queue(sources, viewer), viewer)

    @blueprint.get("/tasks")
    def tasks() -> Response:
        viewer = _demand_viewer(sources)
        from bot.dashboard.listing import show_list  # noqa: PLC0415 - see above

        return _answer(sources, show_list(sources, viewer), viewer)

    @blueprint.get("/tasks/<owner>/<name>/<int:number>")
    def task(owner: str, name: str, number: int) -> Response:
        viewer = _demand_viewer(sources)
        from bot.dashboard.task_page import show_task  # noqa: PLC0415 - see above

        return _answer(sources, show_task(sources, viewer, IssueRef(f"{owner}/{name}", number)), viewer)

    return blueprint


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
    words = PageWords(viewer=viewer, now=sources.clock(), web_url=sources.web_url)
    shown = {**words.names(), "viewer": viewer, "here": request.path, "pages": _PAGES, **page.shown}
    text = render_template(page.template, **shown)
    return Response(text, mimetype="text/html", headers=HEADERS)


def _show_error(error: HTTPException) -> Response:
    text = render_template("error.html", code=error.code, name=error.name, viewer=None)
    return Response(text, status=error.code, mimetype="text/html", headers=HEADERS)
