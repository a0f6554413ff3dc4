"""Asks a private registry for a cell, with the credential that the cell does not have.

In the cell the registry is plain http on the loopback, at the port of the filter of egress: `GET /registry/pypi/…`.
It is only read from, and only below the address that the operator gave. Addresses in its answers are written anew, so
that the next request comes this way too.
"""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from bot.adapters.addresses import RefusedRequest
from bot.adapters.cell.entry import LOOPBACK
from bot.adapters.outside import Outside, PrivateRegistry
from bot.adapters.sandbox import PORT
from bot.core.ecosystem_table import Ecosystem

START = "/registry/"
_SECONDS = 60.0
_CHUNK = 1 << 16
_LARGEST_INDEX = 64 << 20
_WRITTEN_ANEW = re.compile(r"text/html|application/(?:[\w.+-]*\+)?(?:json|html)")
_PASSED_ON = ("accept", "if-none-match", "if-modified-since", "range", "user-agent")
_RETURNED = ("content-type", "etag", "last-modified", "content-range", "accept-ranges", "cache-control")


@dataclass(frozen=True, slots=True)
class RegistryGateway:
    outside: Outside

    def answer(self, head: str, client: socket.socket) -> None:
        """Answer one request, of which `head` was read. Raises RefusedRequest or OSError."""
        method, target, *_ = (*head.split("\r\n", 1)[0].split(" "), "", "")
        if method not in {"GET", "HEAD"}:
            raise RefusedRequest("405 Method Not Allowed", "a registry is only read from")
        registry, path = self._find_wanted(target)
        try:
            connection = self._connection(registry)
            try:
                connection.request(method, path, headers=_headers(head, registry))
                _return(connection.getresponse(), registry, client, method, path.partition("?")[0])
            finally:
                connection.close()
        except (http.client.HTTPException, OSError) as error:
            raise RefusedRequest("502 Bad Gateway", f"{registry.destination} cannot be asked: {error}") from error

    def _find_wanted(self, target: str) -> tuple[PrivateRegistry, str]:
        for registry in self.outside.registries:
            if target.startswith(registry.path_in_cell):
                return registry, _path(target.removeprefix(registry.path_in_cell), registry.prefix)
        raise RefusedRequest("404 Not Found", "there is no such registry")

    def _connection(self, registry: PrivateRegistry) -> http.client.HTTPConnection:
        where, proxy = registry.destination, self.outside.proxy
        first = (proxy.host, proxy.port) if proxy else (where.host, where.port)
        if registry.url.startswith("https://"):
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                *first, timeout=_SECONDS, context=self.outside.context()
            )
        else:
            connection = http.client.HTTPConnection(*first, timeout=_SECONDS)
        if proxy:
            allowed = {"Proxy-Authorization": proxy.credential} if proxy.credential else {}
            connection.set_tunnel(where.host, where.port, headers=allowed)
        return connection


def _path(rest: str, prefix: str) -> str:
    """The path on the registry's host. npm puts the whole path of a lockfile's address behind the registry's."""
    path, _, query = rest.partition("?")
    own = path.removeprefix(prefix.removeprefix("/")) if prefix != "/" else path
    if any(part in {".", ".."} for part in unquote(own).split("/")) or "\\" in own or "#" in own:
        raise RefusedRequest("400 Bad Request", "expected a path below the registry's")
    return f"{prefix}{own}" + (f"?{query}" if query else "")


def _headers(head: str, registry: PrivateRegistry) -> dict[str, str]:
    """Few of the client's, and never a credential: only the operator's goes out."""
    lines = (line.partition(":") for line in head.split("\r\n")[1:])
    kept = {name.lower(): value.strip() for name, _, value in lines if name.lower() in _PASSED_ON}
    own = {"Authorization": registry.credential} if registry.credential else {}
    return {**kept, **own, "Accept-Encoding": "identity", "Connection": "close"}


def _return(
    answer: http.client.HTTPResponse, registry: PrivateRegistry, client: socket.socket, method: str, path: str
) -> None:
    fields = [(name, value) for name in _RETURNED if (value := answer.getheader(name))]
    if location := answer.getheader("location"):
        fields.append(("location", _in_cell(location.encode("latin-1", "replace"), registry).decode("latin-1")))
    is_head_of_index = path.endswith(_HEADS.get(registry.ecosystem, "\0"))
    if method == "GET" and (is_head_of_index or _WRITTEN_ANEW.match(answer.getheader("content-type") or "")):
        body = _in_cell(_all_of(answer), registry)
        body = _head_in_cell(body, registry) if is_head_of_index else body
        _send_head(client, answer, [*fields, ("content-length", str(len(body)))])
        client.sendall(body)
        return
    length = answer.getheader("content-length")
    _send_head(client, answer, [*fields, *([("content-length", length)] if length else [])])
    while piece := answer.read(_CHUNK):
        client.sendall(piece)


_HEADS = {Ecosystem.CARGO: "/config.json", Ecosystem.PACKAGIST: "/packages.json"}
"""What says where the rest of an index is, whatever type it is sent as."""


def _head_in_cell(body: bytes, registry: PrivateRegistry) -> bytes:
    """No credential is asked for in the cell, and paths from the root of the host are below the gateway's."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(document, dict):
        return body
    if registry.ecosystem is Ecosystem.CARGO:
        return json.dumps({**document, "auth-required": False}).encode()
    here, own = registry.path_in_cell, registry.prefix
    changed = {
        name: here + value.removeprefix(own) if isinstance(value, str) and value.startswith(own) else value
        for name, value in document.items()
    }
    return json.dumps(changed).encode()


def _escape(address: bytes) -> bytes:
    """As PHP writes it in JSON."""
    return address.replace(b"/", b"\\/")


def _all_of(answer: http.client.HTTPResponse) -> bytes:
    body = answer.read(_LARGEST_INDEX + 1)
    if len(body) > _LARGEST_INDEX:
        raise RefusedRequest("502 Bad Gateway", "the registry's index is too large")
    return body


def _send_head(client: socket.socket, answer: http.client.HTTPResponse, fields: list[tuple[str, str]]) -> None:
    lines = (f"HTTP/1.1 {answer.status} {answer.reason}", *_lines(fields), "connection: close", "", "")
    client.sendall("\r\n".join(lines).encode("latin-1", "replace"))


def _lines(fields: list[tuple[str, str]]) -> Iterator[str]:
    return (f"{name}: {value}" for name, value in fields if "\r" not in value and "\n" not in value)


def _in_cell(body: bytes, registry: PrivateRegistry) -> bytes:
    """With the registry's own addresses as the cell reaches them: with its host, and by their path in quotes."""
    parts = urlsplit(registry.url)
    here, own = registry.path_in_cell.encode(), registry.prefix.encode()
    there = f"http://{LOOPBACK}:{PORT}".encode() + here
    original = f"{parts.scheme}://{parts.netloc}".encode() + own
    body = body.replace(original, there).replace(_escape(original), _escape(there))
    if registry.ecosystem == "pypi":
        for quote in (b'"', b"'"):
            body = body.replace(quote + own, quote + here)
    return body
