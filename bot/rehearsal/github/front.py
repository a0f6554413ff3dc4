"""What stands between a client and the simulated GitHub: faults first, then git, the API or a page."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from bot.rehearsal.git_http import is_git_path
from bot.rehearsal.github import graphql
from bot.rehearsal.github.access import Actor
from bot.rehearsal.github.api import PREFIX, Api, raw_path
from bot.rehearsal.github.app_pages import is_app_page
from bot.rehearsal.github.faults import Answer, Delay, HalfAnswer, Hold, LoseAnswer, Reset, SlowAnswer
from bot.rehearsal.github.job_logs import is_log_path
from bot.rehearsal.github.lfs import is_lfs_path
from bot.rehearsal.github.oauth_pages import is_oauth_page
from bot.rehearsal.github.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


log = logging.getLogger(__name__)

_PIECES = 8  # of a slow body


@dataclass(slots=True, kw_only=True)
class Front:
    """The WSGI application that the server serves. `closing` wakes delayed requests when the server stops."""

    world: World
    api: Api
    graphql: WSGIApplication
    git: WSGIApplication
    lfs: WSGIApplication
    job_logs: WSGIApplication
    pages: WSGIApplication
    app_pages: WSGIApplication
    oauth_pages: WSGIApplication
    closing: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        subject = f"{request.method} {raw_path(request)}"
        faults = self.world.faults
        if (delay := faults.take(Delay, subject)) is not None:
            self.closing.wait(delay.seconds)
        if (hold := faults.take(Hold, subject)) is not None:
            faults.wait_released(hold)
        if (answer := faults.take(Answer, subject)) is not None:
            return self._fail(request, answer)(environ, start_response)
        if faults.take(Reset, subject) is not None:
            return _cut(environ, start_response)
        return self._spoilt(subject, self._application(request), environ, start_response)

    def _spoilt(
        self, subject: str, application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """The request is performed; its answer may be lost, cut in two or slowed down."""
        faults = self.world.faults
        if faults.take(LoseAnswer, subject) is not None:
            Response.from_app(application, environ, buffered=True)
            return _cut(environ, start_response)
        if faults.take(HalfAnswer, subject) is not None:
            return _halve(Response.from_app(application, environ, buffered=True), environ, start_response)
        if (slow := faults.take(SlowAnswer, subject)) is not None:
            answer = Response.from_app(application, environ, buffered=True)
            answer.response = self._slowly(answer.get_data(), slow.seconds)
            return answer(environ, start_response)
        return self._perform(application, environ, start_response)

    def _slowly(self, body: bytes, seconds: float) -> Iterator[bytes]:
        """A body of eight pieces, with a rest before each."""
        size = max(1, -(-len(body) // _PIECES))
        for start in range(0, len(body), size):
            self.closing.wait(seconds / _PIECES)
            yield body[start : start + size]

    def _perform(
        self, application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """A mistake of the simulation itself is a violation: the log of a rehearsal is not read."""
        try:
            return application(environ, start_response)
        except Exception as error:
            log.exception("the simulated GitHub failed on %s", environ["PATH_INFO"])
            with self.world.lock:
                self.world.violations.append(f"the simulation failed on {environ['PATH_INFO']}: {error!r}")
            return Response("Server Error\n", 500)(environ, start_response)

    def _application(self, request: Request) -> WSGIApplication:
        path = request.path
        places = (
            (path.startswith(f"{PREFIX}/"), self.api),
            (path == graphql.PATH, self.graphql),
            (is_lfs_path(path), self.lfs),
            (is_log_path(path), self.job_logs),
            (is_app_page(path), self.app_pages),
            (is_oauth_page(path), self.oauth_pages),
        )
        if (found := next((application for fits, application in places if fits), None)) is not None:
            return found
        return self._git_redirect(request) or self.git if is_git_path(path) else self.pages

    def _git_redirect(self, request: Request) -> Response | None:
        """A renamed repository's, for its former name."""
        _, owner, name, rest = request.path.split("/", 3)
        with self.world.lock:
            now = self.world.renamed.get(f"{owner}/{name.removesuffix('.git')}".lower())
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        where = {"Location": f"{self.world.web_url}/{now}.git/{rest}{query}"}
        return None if now is None else Response("", 301, headers=where)

    def _fail(self, request: Request, answer: Answer) -> Response:
        message = answer.message or HTTPStatus(answer.status).phrase
        body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(answer.status)}
        response = Response(json.dumps(body), answer.status, content_type="application/json; charset=utf-8")
        response.headers.update(answer.headers)
        if answer.retry_after is not None:
            response.headers["Retry-After"] = str(answer.retry_after)
        if message.startswith("API rate limit exceeded"):
            response.headers["X-RateLimit-Remaining"] = "0"
            response.headers["X-RateLimit-Reset"] = str(int(self.world.now().timestamp()) + 3600)
        if request.path.startswith(f"{PREFIX}/"):
            with self.world.lock:
                self.api.record(request.method, raw_path(request), answer.status, Actor())
        return response


def _cut(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Cut the connection instead of an answer."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response("", 500)(environ, start_response)


def _halve(answer: Response, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Headers that promise the whole body, half of it, and then nothing more."""
    body = answer.get_data()
    answer.headers["Content-Length"] = str(len(body))
    connection: socket.socket = environ["werkzeug.socket"]

    def pieces() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        connection.shutdown(socket.SHUT_RDWR)

    answer.response = pieces()
    return answer(environ, start_response)
