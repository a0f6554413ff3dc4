"""Follows GitHub's redirects: a renamed repository, and an issue in another place, answer for their former names.

PyGithub drops the query of an address that it is redirected to, and takes a redirected write for a success. So the
connections that it uses follow themselves: with the query, and for a write, which was not performed, with the same
request again. Only on GitHub's own origin: the token goes nowhere else.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin, urlsplit

from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from bot.adapters.github.errors import GitHubFailed

_MOST = 3
_FOR_ALL = frozenset({307, 308})
_FOR_READING = _FOR_ALL | {301}
_READS = frozenset({"GET", "HEAD"})
_PORTS = {"http": 80, "https": 443}
_NAMED = re.compile(r"(.*/repos/[^/]+/[^/]+)/")
_BY_ID = re.compile(r".*/repositories/([0-9]+)/")
_GONE = 410

Connection = HTTPRequestsConnectionClass | HTTPSRequestsConnectionClass


class _Http(HTTPRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _follow(self, super().getresponse)


class _Https(HTTPSRequestsConnectionClass):
    def getresponse(self) -> RequestsResponse:
        return _follow(self, super().getresponse)


def _follow(connection: Connection, ask: Callable[[], RequestsResponse]) -> RequestsResponse:
    answer = ask()
    for _ in range(_MOST):
        asked = f"{connection.protocol}://{connection.host}:{connection.port}{connection.url}"
        address = find_address(asked, connection.verb, answer)
        if address is None:
            break
        if connection.verb not in _READS:
            _require_same_repository(connection, address)
        connection.url, answer = address, ask()
    return answer


def find_address(asked: str, verb: str, answer: RequestsResponse) -> str | None:
    """The path and query to ask instead; None if there is none, or if it is on another origin."""
    location = answer.headers.get("Location")
    if location is None or answer.status not in (_FOR_READING if verb in _READS else _FOR_ALL):
        return None
    here, there = urlsplit(asked), urlsplit(urljoin(asked, location))
    if (here.scheme, here.hostname, here.port) != (
        there.scheme,
        there.hostname,
        there.port or _PORTS.get(there.scheme),
    ):
        return None
    return f"{there.path}?{there.query}" if there.query else there.path


def _require_same_repository(connection: Connection, address: str) -> None:
    """A write stays in its repository: that of an issue which was transferred is one where it was not asked for."""
    there = _BY_ID.match(address)
    if there is not None and _find_id(connection) not in {None, int(there[1])}:
        raise GitHubFailed(_GONE, "the issue was transferred to another repository")


def _find_id(connection: Connection) -> int | None:
    """Of the repository that is asked; None if it is asked for none."""
    if (known := _BY_ID.match(connection.url)) is not None:
        return int(known[1])
    if (named := _NAMED.match(connection.url)) is None:
        return None
    kept = connection.verb, connection.url, connection.input
    connection.verb, connection.url, connection.input = "GET", named[1], None
    try:
        shown: Any = json.loads(connection.getresponse().read())
    finally:
        connection.verb, connection.url, connection.input = kept
    return int(shown["id"])


def follow_redirects() -> None:
    """For all clients of this process."""
    Requester.injectConnectionClasses(_Http, _Https)
    # Injected classes end the reuse of connections, each of which needs a handshake.
    Requester._Requester__persist = True  # type: ignore[attr-defined]
