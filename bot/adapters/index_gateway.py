"""Answers in a public registry's place, without the releases that are too young for a session.

The filter of egress opens the connection of a cell to such a host with a certificate of this process's authority, asks
the host over TLS, and passes on what the rule permits. It is only read from: nothing is sent there but the names of
packages. A file of a young release is refused as well, whatever its address came from.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from bot.adapters.addresses import RefusedRequest
from bot.adapters.authority import Authority
from bot.core.ecosystem_table import Ecosystem
from bot.core.environment.release_age import INDEXES, Index, Release, ReleaseAgeRule, Times
from bot.core.environment.release_documents import simple_html
from bot.core.registries import Destination

Connect = Callable[[Destination], socket.socket]

_SECONDS = 60.0
_IDLE_SECONDS = 120.0
_CHUNK = 1 << 16
_HEAD_LIMIT = 1 << 16
_LARGEST_BODY = 16 << 20
_LARGEST_INDEX = 256 << 20
_PASSED_ON = ("accept", "accept-encoding", "if-none-match", "if-modified-since", "range", "user-agent")
_RETURNED = (
    *("content-type", "content-encoding", "etag", "last-modified", "content-range", "accept-ranges", "cache-control"),
    "location",
)
_SEVERAL_READINGS = re.compile(r"//|\\|/\.{1,2}(?:/|$)|[;\0\s]")
"""Such a path may mean another file to the registry than to this module."""
_OK, _NOT_FOUND, _GONE = 200, 404, 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """Which releases cells may get, of which ecosystems. `bundle`: the certificates that they trust, with this
    authority's; it is in a folder that they read."""

    rule: ReleaseAgeRule
    ecosystems: frozenset[Ecosystem]
    authority: Authority = field(repr=False)
    bundle: Path
    _known: dict[tuple[str, str], Times] = field(default_factory=dict, repr=False)

    def index_of(self, host: str) -> Index | None:
        """How to look into a host; None for one that is passed on as it is."""
        found = (INDEXES[each] for each in sorted(self.ecosystems) if each in INDEXES)
        return next((index for index in found if host in index.hosts), None)

    def remember(self, host: str, path: str, times: Times) -> Times:
        return self._known.setdefault((host, path), times)

    def known(self, host: str, path: str) -> Times | None:
        return self._known.get((host, path))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    path: str
    headers: Mapping[str, str]


class _Connection(http.client.HTTPConnection):
    """To a host of the index, by a way that was checked."""

    default_port = 443

    def __init__(self, wanted: Destination, connect: Connect, context: ssl.SSLContext) -> None:
        super().__init__(wanted.host, wanted.port, timeout=_SECONDS)
        self._wanted, self._connect, self._context = wanted, connect, context

    def connect(self) -> None:
        plain = self._connect(self._wanted)
        plain.settimeout(_SECONDS)
        try:
            self.sock = self._context.wrap_socket(plain, server_hostname=self._wanted.host)
        except BaseException:
            plain.close()
            raise


@dataclass(slots=True, kw_only=True)
class IndexGateway:
    """Serves one connection of a cell to one host. `connect`: opens an allowed destination, or raises; `note`: for what
    was refused."""

    cooldown: Cooldown
    index: Index
    wanted: Destination
    connect: Connect
    note: Callable[[str], None]
    _connections: dict[str, _Connection] = field(default_factory=dict)

    def serve(self, client: socket.socket) -> None:
        """Answer requests until one end closes. Raises OSError."""
        client.settimeout(_IDLE_SECONDS)
        with contextlib.ExitStack() as opened:
            opened.callback(self._close)
            received = opened.enter_context(client.makefile("rb"))
            while (request := _read_request(received)) is not None:
                if not _discard_body(request, received):
                    return
                if not self._answer(request, client):
                    return

    def _close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _answer(self, request: _Request, client: socket.socket) -> bool:
        """Returns whether the connection can serve another request."""
        try:
            _demand_reading(request)
            return self._pass_on(request, client)
        except (RefusedRequest, http.client.HTTPException, ValueError) as problem:
            status = problem.status if isinstance(problem, RefusedRequest) else "502 Bad Gateway"
            _send(client, status, [("content-type", "text/plain")], f"nightshift: {problem}\n".encode(), request)
            return status.startswith("4")

    def _pass_on(self, request: _Request, client: socket.socket) -> bool:
        path = _path(request)
        if package := self.index.package_of(path):
            self._send_index(request, package, client)
            return True
        if (release := self.index.download(path)) is not None:
            self._demand(release)
        return self._stream(request, client)

    def _demand(self, release: Release) -> None:
        if not self._permits(release):
            name = f"{release.package} {release.version}"
            self.note(f"{self.wanted} ({name} is too young)")
            why = f"was published after {self.cooldown.rule.before:%Y-%m-%d %H:%M} UTC (`packages_older_than`)"
            raise RefusedRequest("403 Forbidden", f"{name} {why}")

    def _permits(self, release: Release) -> bool:
        rule = self.cooldown.rule
        return rule.has_pinned(release) or rule.permits(release, self._times(release))

    def _times(self, release: Release) -> Times:
        host, path = self.index.index, self.index.times_path(release)
        if (known := self.cooldown.known(host, path)) is not None:
            return known
        status, _, body = self._ask(host, path, self.index.accept)
        if status not in {_OK, _NOT_FOUND, _GONE}:
            raise RefusedRequest(
                "502 Bad Gateway", f"{host} answered {status} when it was asked for the age of a release"
            )
        return self.cooldown.remember(host, path, self.index.times(body) if status == _OK else {})

    def _send_index(self, request: _Request, package: str, client: socket.socket) -> None:
        status, kind, body = self._ask(self.wanted.host, request.path, self.index.accept)
        if status == _OK:
            body = self.index.without(body, package, self._permits)
            if kind.startswith("application/vnd.pypi.simple") and not _takes(request, kind):
                kind, body = "text/html", simple_html(body)
        phrase = http.client.responses.get(status, "")
        _send(client, f"{status} {phrase}", [("content-type", kind)] if kind else [], body, request)

    def _ask(self, host: str, path: str, accept: str) -> tuple[int, str, bytes]:
        """Status, type and body of an answer."""
        wanted = {"accept": f"{accept}, */*;q=0.1", "accept-encoding": "identity", "user-agent": "nightshift"}
        answer = self._request(host, "GET", path, wanted)
        body = answer.read(_LARGEST_INDEX + 1)
        if len(body) > _LARGEST_INDEX:
            raise RefusedRequest("502 Bad Gateway", "the registry's index is too large")
        return answer.status, answer.getheader("content-type") or "", body

    def _request(self, host: str, method: str, path: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        try:
            return self._request_again(host, method, path, headers)
        except (http.client.HTTPException, OSError) as error:
            raise RefusedRequest("502 Bad Gateway", f"{host} cannot be asked: {error}") from error

    def _request_again(self, host: str, method: str, path: str, headers: Mapping[str, str]) -> http.client.HTTPResponse:
        """A connection that was kept may have been closed meanwhile: then a new one is opened, once."""
        if host not in self._connections:
            where = Destination(host, self.wanted.port)
            self._connections[host] = _Connection(where, self.connect, _context(str(self.cooldown.bundle)))
        connection = self._connections[host]
        was_open = connection.sock is not None
        try:
            connection.request(method, path, headers=dict(headers))
            return connection.getresponse()
        except (http.client.HTTPException, OSError):
            connection.close()
            if not was_open:
                raise
        connection.request(method, path, headers=dict(headers))
        return connection.getresponse()

    def _stream(self, request: _Request, client: socket.socket) -> bool:
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        answer = self._request(self.wanted.host, request.method, request.path, headers)
        fields = [(name, value) for name in _RETURNED if (value := answer.getheader(name))]
        length = answer.getheader("content-length")
        has_end = length is not None or request.method == "HEAD" or answer.status in {204, 304}
        fields += [("content-length", length)] if length is not None else []
        fields += [] if has_end else [("connection", "close")]
        client.sendall(_head(f"{answer.status} {answer.reason}", fields))
        while piece := answer.read(_CHUNK):
            client.sendall(piece)
        return has_end


def _path(request: _Request) -> str:
    """Without its query. What begins with two slashes is a path here, too."""
    return request.path.partition("?")[0].partition("#")[0]


def _demand_reading(request: _Request) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise RefusedRequest("405 Method Not Allowed", "a registry is only read from")
    path = _path(request)
    if _SEVERAL_READINGS.search(path) or _SEVERAL_READINGS.search(unquote(path)) or "%" in unquote(path):
        raise RefusedRequest("400 Bad Request", "expected a path that can be read in one way")


def _takes(request: _Request, kind: str) -> bool:
    return kind.partition(";")[0] in request.headers.get("accept", "")


def _read_request(received: BinaryIO) -> _Request | None:
    """The next request; None where the client has closed the connection or sends none."""
    lines = list(_lines(received))
    if not lines:
        return None
    method, path, *_ = (*lines[0].split(" "), "", "")
    fields = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    if not path.startswith("/"):
        return None
    return _Request(method=method, path=path, headers=headers)


def _discard_body(request: _Request, received: BinaryIO) -> bool:
    """Read what no request here has a use for: only then a client reads the answer. Returns whether that was
    possible."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _LARGEST_BODY or "transfer-encoding" in request.headers:
        return False
    return len(received.read(int(length))) == int(length)


def _lines(received: BinaryIO) -> Iterator[str]:
    left = _HEAD_LIMIT
    while left > 0 and (line := received.readline(left)) not in {b"", b"\r\n", b"\n"}:
        left -= len(line)
        yield line.decode("latin-1").rstrip("\r\n")


def _send(client: socket.socket, status: str, fields: list[tuple[str, str]], body: bytes, request: _Request) -> None:
    head = _head(status, [*fields, ("content-length", str(len(body)))])
    client.sendall(head if request.method == "HEAD" else head + body)


def _head(status: str, fields: list[tuple[str, str]]) -> bytes:
    lines = (f"{name}: {value}" for name, value in fields if "\r" not in value and "\n" not in value)
    return "\r\n".join((f"HTTP/1.1 {status}", *lines, "", "")).encode("latin-1", "replace")


@lru_cache(maxsize=4)
def _context(bundle: str) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=bundle)
    context.set_alpn_protocols(["http/1.1"])
    return context
