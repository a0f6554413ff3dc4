"""The short pages about access: a title, sentences, and where to go from there."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, render_template, request

from bot.dashboard.pages import HEADERS
from bot.dashboard.viewer import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    address: str
    text: str


HOME = Link(address="/", text="Back to the first page")


def say(
    title: str, *sentences: str, status: HTTPStatus = HTTPStatus.OK, link: Link = HOME, viewer: Viewer | None = None
) -> Response:
    """`viewer`: who may sign out on this page."""
    shown = {"title": title, "sentences": sentences, "link": link, "viewer": viewer, "pages": (), "here": request.path}
    return Response(render_template("access.html", **shown), status, HEADERS, mimetype="text/html")
