"""Answers in a public host's place, which is only read from: the base of what looks into such connections.

The filter of egress opens the connection of a cell to such a host with a certificate of this process's authority, asks
the host over TLS, and passes on what the rule of a subclass permits.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO
from urllib.parse import unquote

from bot.adapters.addresses import RefusedRequest
from bot.core.registries import Destination

Connect = Callable[[Destination], socket.socket]

_SECONDS = 60.0
_IDLE_SECONDS = 120.0
_CHUNK = 1 << 16
_HEAD_LIMIT = 1 << 16
_LARGEST_BODY = 16 << 20
_PASSED_ON = ("accept", "accept-encoding", "if-none-match", "if-modified-since", "range", "user-agent")
_CHUNKED = ("transfer-encoding", "chunked")
_RETURNED = (
    *("content-type", "content-encoding", "etag", "last-modified", "content-range", "accept-ranges", "cache-control"),
    "location",
)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_SEVERAL_READINGS = re.compile(r"//|\\|/\.{1,2}(?:/|$)|[;\0\s]")
"""Such a path may mean another file to the host than to this module."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRequest:
    method: str
    path: str
    headers: Mapping[str, str]
    protocol: str = "HTTP/1.1"
    body: bytes = b""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingGateway(ABC):
    """Serves one connection of a cell to one host. `bundle`: the certificates that are trusted; `connect`: opens an
    allowed destination, or raises; `note`: for what was refused."""

    bundle: Path
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
                body = _read_body(request, received)
                if body is None or not self._answer(replace(request, body=body), client):
                    return

    def _close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _answer(self, request: GatewayRequest, client: socket.socket) -> bool:
        """Returns whether the connection can serve another request."""
        try:
            _demand_reading(request, may_send=self.may_send(request))
            return self.pass_on(request, client)
        except (RefusedRequest, http.client.HTTPException, ValueError) as problem:
            status = problem.status if isinstance(problem, RefusedRequest) else "502 Bad Gateway"
            send(client, status, [("content-type", "text/plain")], f"nightshift: {problem}\n".encode(), request)
            return status.startswith("4")

    def may_send(self, request: GatewayRequest) -> bool:  # noqa: ARG002 - for subclasses
        """Whether a request that has a body reads all the same."""
        return False

    @abstractmethod
    def pass_on(self, request: GatewayRequest, client: socket.socket) -> bool:
        """Answer what may be asked, or raise RefusedRequest. Returns whether the connection can serve another one."""

    def request(
        self, host: str, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> http.client.HTTPResponse:
        try:
            return self._request_again(host, method, path, headers, body)
        except (http.client.HTTPException, OSError) as error:
            raise RefusedRequest("502 Bad Gateway", f"{host} cannot be asked: {error}") from error

    def _request_again(
        self, host: str, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> http.client.HTTPResponse:
        """A connection that was kept may have been closed meanwhile: then a new one is opened, once."""
        if host not in self._connections:
            where = Destination(host, self.wanted.port)
            self._connections[host] = _Connection(where, self.connect, _context(str(self.bundle)))
        connection = self._connections[host]
        was_open = connection.sock is not None
        try:
            connection.request(method, path, body, dict(headers))
            return connection.getresponse()
        except (http.client.HTTPException, OSError):
            connection.close()
            if not was_open:
                raise
        connection.request(method, path, body, dict(headers))
        return connection.getresponse()

    def stream(
        self,
        request: GatewayRequest,
        client: socket.socket,
        more: Collection[str] = (),
        own: Mapping[str, str] = _NO_HEADERS,
    ) -> bool:
        """`more`: names of headers that are passed on besides, with the request's body; `own`: headers of ours."""
        given = {name: request.headers[name] for name in (*_PASSED_ON, *more) if name in request.headers}
        headers = {**given, **own}
        body = request.body if more and request.method == "POST" else None
        answer = self.request(self.wanted.host, request.method, request.path, headers, body)
        fields = [(name, value) for name in _RETURNED if (value := answer.getheader(name))]
        length = answer.getheader("content-length")
        has_end = length is not None or request.method == "HEAD" or answer.status in {204, 304}
        in_chunks = not has_end and request.protocol != "HTTP/1.0"
        fields += [("content-length", length)] if length is not None else []
        # git refuses an answer that only ends with its connection: TLS cannot tell that from one which broke off.
        fields += [] if has_end else [_CHUNKED if in_chunks else ("connection", "close")]
        client.sendall(_head(f"{answer.status} {answer.reason}", fields))
        while piece := answer.read(_CHUNK):
            client.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if in_chunks else piece)
        client.sendall(b"0\r\n\r\n" if in_chunks else b"")
        return has_end or in_chunks


def path_of(request: GatewayRequest) -> str:
    """Without its query. What begins with two slashes is a path here, too."""
    return request.path.partition("?")[0].partition("#")[0]


def _demand_reading(request: GatewayRequest, *, may_send: bool) -> None:
    if request.method not in {"GET", "HEAD"} and not may_send:
        raise RefusedRequest("405 Method Not Allowed", "a registry is only read from")
    path = path_of(request)
    if "#" in request.path:  # another server may cut the path elsewhere than we do
        raise RefusedRequest("400 Bad Request", "expected a path without a fragment")
    if _SEVERAL_READINGS.search(path) or _SEVERAL_READINGS.search(unquote(path)) or "%" in unquote(path):
        raise RefusedRequest("400 Bad Request", "expected a path that can be read in one way")


def _read_request(received: BinaryIO) -> GatewayRequest | None:
    """The next request; None where the client has closed the connection or sends none."""
    lines = list(_lines(received))
    if not lines:
        return None
    method, path, protocol, *_ = (*lines[0].split(" "), "", "", "")
    fields = (line.partition(":") for line in lines[1:])
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    if not path.startswith("/"):
        return None
    return GatewayRequest(method=method, path=path, headers=headers, protocol=protocol)


def _read_body(request: GatewayRequest, received: BinaryIO) -> bytes | None:
    """What a request sends, whether there is a use for it or none: only then a client reads the answer. None where that
    was not possible."""
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _LARGEST_BODY or "transfer-encoding" in request.headers:
        return None
    body = received.read(int(length))
    return body if len(body) == int(length) else None


def _lines(received: BinaryIO) -> Iterator[str]:
    left = _HEAD_LIMIT
    while left > 0 and (line := received.readline(left)) not in {b"", b"\r\n", b"\n"}:
        left -= len(line)
        yield line.decode("latin-1").rstrip("\r\n")


def send(
    client: socket.socket, status: str, fields: list[tuple[str, str]], body: bytes, request: GatewayRequest
) -> None:
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
