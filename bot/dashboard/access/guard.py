"""Adds sign-in and actions to the web server, and refuses every page to who may not see it, whatever the page does."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from bot.dashboard.access.actions import action_pages
from bot.dashboard.access.answers import HOME, Link, say
from bot.dashboard.access.limits import SignInLimits
from bot.dashboard.access.sign_in import sign_in_pages
from bot.dashboard.access.who import Access, CannotAsk
from bot.dashboard.viewer import Viewer
from bot.operations import Operations

OPEN = frozenset({"webhook", "healthz", "readyz", "metrics.page", "banner.page", "banner.as_json", "pages.static"})
"""What strangers may ask for: deliveries are signed, figures have a token, and the first page is the public one."""

SIGNS_IN = frozenset({"sign_in.start", "sign_in.begin", "sign_in.complete", "sign_in.end"})
_FREE = {None, *OPEN, *SIGNS_IN}


def add_access(app: Flask, access: Access, operations: Callable[[], Operations], wake: Callable[[], None]) -> None:
    app.register_blueprint(sign_in_pages(access, SignInLimits(clock=access.clock)))
    app.register_blueprint(action_pages(access, operations, wake))
    app.register_error_handler(CannotAsk, _say_unknown)
    app.context_processor(lambda: {"has_sign_in": True})

    @app.before_request
    def refuse() -> AnyResponse | None:
        if request.endpoint in _FREE:
            return _refuse_without_rights(access) if request.endpoint == "banner.page" else None
        viewer = access.find_viewer()
        return _refuse_stranger(access) if viewer is None else _refuse_outsider(viewer)


def _refuse_without_rights(access: Access) -> AnyResponse | None:
    viewer = access.find_viewer()
    return None if viewer is None else _refuse_outsider(viewer)


def _refuse_outsider(viewer: Viewer) -> AnyResponse | None:
    """Who has a role in none of the repositories."""
    if viewer.reads is None or viewer.reads:
        return None
    says = f"You are signed in as {viewer.name}, and have a role in none of the repositories that Nightshift works for."
    return say("Nothing to see", says, status=HTTPStatus.FORBIDDEN, viewer=viewer)


def _refuse_stranger(access: Access) -> AnyResponse:
    """Where no sign-in is possible, the answer is the same as for a page that is not there."""
    if access.sign_in is None or not access.is_public():
        return say("Not found", "There is nothing at this address, or you may not see it.", status=HTTPStatus.NOT_FOUND)
    if request.method == "GET":
        query = urlencode({"next": request.full_path.rstrip("?")})
        return redirect(f"/sign-in?{query}", HTTPStatus.SEE_OTHER)
    says = "Your session has ended. Nothing was done."
    link = Link(address="/sign-in", text="Sign in again")
    return say("Not signed in", says, status=HTTPStatus.UNAUTHORIZED, link=link)


def _say_unknown(_: CannotAsk) -> Response:
    says = "GitHub does not say now what you may see, so nothing is shown. Try again in a minute."
    return say("GitHub cannot be asked", says, status=HTTPStatus.SERVICE_UNAVAILABLE, link=HOME)
