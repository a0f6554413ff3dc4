"""What stands between a client and the simulated GitHub: faults first, then git, the API or a page."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from bot.rehearsal.git_http import is_git_path
from bot.rehearsal.github.access import Actor
from bot.rehearsal.github.api import PREFIX, Api, raw_path
from bot.rehearsal.github.faults import Answer, Delay, LoseAnswer
from bot.rehearsal.github.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Front:
    """The WSGI application that the server serves. `closing` wakes delayed requests when the server stops."""

    world: World
    api: Api
    git: WSGIApplication
    pages: WSGIApplication
    closing: threading.Event = field(default_factory=threading.Event)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        subject = f"{request.method} {raw_path(request)}"
        if (delay := self.world.faults.take(Delay, subject)) is not None:
            self.closing.wait(delay.seconds)
        if (answer := self.world.faults.take(Answer, subject)) is not None:
            return self._failed(request, answer)(environ, start_response)
        application = self._application(request)
        if self.world.faults.take(LoseAnswer, subject) is not None:
            return _lost(application, environ, start_response)
        return self._performed(application, environ, start_response)

    def _performed(
        self, application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """A mistake of the simulation's own is a violation: nobody reads the log of a rehearsal."""
        try:
            return application(environ, start_response)
        except Exception as error:
            log.exception("the simulated GitHub failed on %s", environ["PATH_INFO"])
            with self.world.lock:
                self.world.violations.append(f"the simulation failed on {environ['PATH_INFO']}: {error!r}")
            return Response("Server Error\n", 500)(environ, start_response)

    def _application(self, request: Request) -> WSGIApplication:
        if request.path.startswith(f"{PREFIX}/"):
            return self.api
        return self.git if is_git_path(request.path) else self.pages

    def _failed(self, request: Request, answer: Answer) -> Response:
        message = answer.message or HTTPStatus(answer.status).phrase
        body = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(answer.status)}
        response = Response(json.dumps(body), answer.status, content_type="application/json; charset=utf-8")
        if answer.retry_after is not None:
            response.headers["Retry-After"] = str(answer.retry_after)
        if message.startswith("API rate limit exceeded"):
            response.headers["X-RateLimit-Remaining"] = "0"
            response.headers["X-RateLimit-Reset"] = str(int(self.world.now().timestamp()) + 3600)
        if request.path.startswith(f"{PREFIX}/"):
            with self.world.lock:
                self.api.record(request.method, raw_path(request), answer.status, Actor())
        return response


def _lost(application: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Let the request be performed, and cut the connection before its answer."""
    Response.from_app(application, environ, buffered=True)
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response("", 500)(environ, start_response)
