"""The logs of jobs of GitHub Actions, which the API only refers to: they are kept by another service.

The address is good for a minute. That service takes no token of GitHub's: a request that brings one is refused, as
Azure's storage refuses it. A log begins with a byte order mark, and each of its lines with a time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request, Response

from bot.rehearsal.github.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PATH = re.compile(r"/_job_logs/([0-9a-f]{32})")
_GOOD_FOR = timedelta(minutes=1)


def is_log_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


def address_of_log(world: World, text: str) -> str:
    """Issue an address for this log."""
    name = secrets.token_hex(16)
    world.log_addresses[name] = (world.now(), text)
    return f"{world.web_url}/_job_logs/{name}"


def as_logged(text: str, at: datetime) -> str:
    """The lines as GitHub keeps them."""
    time = f"{at:%Y-%m-%dT%H:%M:%S}.1234567Z"
    return "\ufeff" + "".join(f"{time} {line}\n" for line in text.splitlines())


@dataclass(frozen=True, slots=True)
class JobLogs:
    """The service that keeps them, as a WSGI application. `asked`: the headers of each request."""

    world: World
    asked: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        self.asked.append(dict(request.headers))
        named = _PATH.fullmatch(request.path)
        with self.world.lock:
            found = self.world.log_addresses.get(named[1]) if named is not None else None
            now = self.world.now()
        if "Authorization" in request.headers:
            return Response("<Error><Code>InvalidAuthenticationInfo</Code></Error>", 400)
        if found is None or now - found[0] > _GOOD_FOR:
            return Response("<Error><Code>AuthenticationFailed</Code></Error>", 403)
        return Response(found[1].encode(), content_type="text/plain; charset=utf-8")
