"""The only way out of a cell: a proxy on the host that connects to what is on its list, and to nothing else.

It listens on a socket that was opened in the cell's own network and handed to the host. It speaks CONNECT, and for
plain http GET and HEAD. Names are resolved here, and a name that leads into the host's own network, to its loopback or
to a cloud's metadata is refused whatever the list says; only the built-in registries may have a mirror in the network
of the operator, whose resolver says so. The address that was checked is the one that is connected to.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from bot.adapters.addresses import RefusedRequest, Resolve, connect_to, resolve
from bot.adapters.cell.entry import LOOPBACK
from bot.adapters.download_gateway import DownloadGateway, Downloads
from bot.adapters.index_gateway import Cooldown, IndexGateway
from bot.adapters.outside import DIRECTLY, Outside, Proxy, java_options
from bot.adapters.reading_gateway import ReadingGateway
from bot.adapters.registry_gateway import START, RegistryGateway
from bot.adapters.sandbox import PORT, Sandbox
from bot.adapters.sockets import ListenerServer, shut
from bot.core.addresses import is_public, may_be_mirror
from bot.core.environment.ecosystems import BUILT_IN
from bot.core.registries import Destination

_log = logging.getLogger(__name__)

_HEAD_LIMIT = 1 << 16
_CHUNK = 1 << 16
_HEAD_SECONDS = 20.0
_CONNECT_SECONDS = 20.0
_CONNECTIONS = 256
_REFUSED_KEPT = 50
_HOST = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:.]{2,45}")
_READING = ("GET", "HEAD")
_OF_JAVA = ("MAVEN_OPTS", "GRADLE_OPTS", "SBT_OPTS", "LEIN_JVM_OPTS", "CLJ_JVM_OPTS")
_DIRECT = "localhost,127.0.0.1,::1"
_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+:[^\r\n\0]*")
_HOP_BY_HOP = re.compile(r"(?:proxy-[\w-]+|connection|keep-alive|te|upgrade|transfer-encoding|content-length|host):")

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class _Unresolved(RefusedRequest):
    """This host knows no address of that name."""


@dataclass(slots=True)
class Egress:
    """Serves the sockets that cells hand over, while the `with` block runs. `allowed`: where a session may connect to;
    `own`: which of them may be on this host or in its network; `outside`: the operator's proxy and registries."""

    allowed: frozenset[Destination]
    own: frozenset[Destination] = frozenset()
    resolve: Resolve = resolve
    outside: Outside = DIRECTLY
    _refused: dict[str, None] = field(default_factory=dict)
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _servers: list[_Server] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        with self._lock:
            servers, left = tuple(self._servers), tuple(self._open)
        for server in servers:
            server.end()
        for end in left:
            shut(end)

    def serve(self, listener: socket.socket) -> None:
        """Answer what connects to this socket, from threads, until the `with` block ends."""
        server = _Server(listener, self)
        with self._lock:
            self._servers.append(server)
        server.start()

    @property
    def refused(self) -> tuple[str, ...]:
        """What was asked for and refused, as `host:port`, each once, in order; the first fifty."""
        with self._lock:
            return tuple(self._refused)

    def demand(self, wanted: Destination) -> None:
        """Raises RefusedRequest for a destination that is not allowed."""
        if wanted not in self.allowed | self.own:
            self.note(str(wanted))
            raise RefusedRequest("403 Forbidden", f"this session may not reach {wanted}")

    def connect(self, wanted: Destination) -> socket.socket:
        """A connection to an allowed destination. Raises RefusedRequest."""
        self.demand(wanted)
        if self.outside.proxy is not None:
            return self._through_proxy(self.outside.proxy, wanted)
        return connect_to(self.permitted_addresses(wanted), wanted)

    def _through_proxy(self, proxy: Proxy, wanted: Destination) -> socket.socket:
        """The proxy resolves names that this host cannot; one that it can must not lead into a private network."""
        with contextlib.suppress(_Unresolved):
            self.permitted_addresses(wanted)
        try:
            return proxy.connect(wanted, _CONNECT_SECONDS)
        except OSError as error:
            raise RefusedRequest("502 Bad Gateway", f"{wanted} cannot be reached: {error}") from error

    def permitted_addresses(self, wanted: Destination) -> list[str]:
        """Where a destination on the list may be connected to. Raises RefusedRequest."""
        try:
            found = self.resolve(wanted.host, wanted.port)
        except OSError as error:
            raise _Unresolved("502 Bad Gateway", f"{wanted} cannot be resolved: {error}") from error
        permitted = [address for address in found if self._may_be_connected(wanted, address)]
        if not permitted:
            self.note(f"{wanted} (in a private network)")
            raise RefusedRequest("403 Forbidden", f"{wanted} leads into a private network")
        return permitted

    def _may_be_connected(self, wanted: Destination, address: str) -> bool:
        """A repository cannot choose where the name of a built-in registry leads to: the host's resolver does, and the
        certificate is checked."""
        return wanted in self.own or is_public(address) or (wanted in BUILT_IN and may_be_mirror(address))

    def note(self, what: str) -> None:
        """Keep that this was asked for and refused."""
        with self._lock:
            if len(self._refused) < _REFUSED_KEPT:
                self._refused[what] = None

    @contextlib.contextmanager
    def watch(self, *ends: socket.socket) -> Iterator[None]:
        """These are shut when the block ends, or when the session does. Raises RefusedRequest if there are too many."""
        with self._lock:
            if len(self._open) > 2 * _CONNECTIONS:
                raise RefusedRequest("503 Service Unavailable", "too many connections at once")
            self._open.update(ends)
        try:
            yield
        finally:
            with self._lock:
                self._open.difference_update(ends)


def way_out(
    sandbox: Sandbox, registries: frozenset[Destination], outside: Outside = DIRECTLY
) -> AbstractContextManager[Egress | None]:
    """The filter for a cell's network; None where there is no cell."""
    return Egress(registries, own=outside.own, outside=outside) if sandbox.confines else contextlib.nullcontext()


def proxy_variables(outside: Outside = DIRECTLY) -> dict[str, str]:
    """By which the programs in a cell find the filter."""
    names = ("HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy")
    address = f"http://{LOOPBACK}:{PORT}"
    java = dict.fromkeys(_OF_JAVA, java_options(outside.java_store))
    return {**dict.fromkeys(names, address), "NO_PROXY": _DIRECT, "no_proxy": _DIRECT, **java}


class _Server(ListenerServer):
    def __init__(self, listener: socket.socket, egress: Egress) -> None:
        super().__init__(listener, _Connection)
        self.egress = egress

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - its parent's
        _log.exception("the egress filter failed; the connection was closed")


class _Connection(socketserver.BaseRequestHandler):
    """One request, and what follows it until one end closes."""

    server: _Server
    request: socket.socket

    def handle(self) -> None:
        try:
            with self.server.egress.watch(self.request):
                self._serve()
        except RefusedRequest as refused:
            body = f"nightshift: {refused}\n".encode()
            head = f"HTTP/1.1 {refused.status}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
            with contextlib.suppress(OSError):  # the client has closed the connection
                self.request.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)
        except OSError:
            pass  # one end has closed the connection

    def _serve(self) -> None:
        self.request.settimeout(_HEAD_SECONDS)
        head, rest = _read_head(self.request)
        if head.partition(" ")[2].startswith(START):
            RegistryGateway(self.server.egress.outside).answer(head, self.request)
            return
        method, target, *_ = (*head.split("\r\n", 1)[0].split(" "), "", "")
        wanted = _destination(method, target)
        cooldown = self.server.egress.outside.cooldown
        if method == "CONNECT" and cooldown and (index := cooldown.index_of(wanted.host)) is not None:
            self._look_into(wanted, cooldown, partial(IndexGateway, cooldown=cooldown, index=index))
            return
        downloads = self.server.egress.outside.downloads
        if method == "CONNECT" and downloads and wanted.host in downloads.hosts:
            self._look_into(wanted, downloads, partial(DownloadGateway, downloads=downloads))
            return
        outside = self.server.egress.connect(wanted)
        with outside, self.server.egress.watch(outside):
            if method == "CONNECT":
                self.request.sendall(_ESTABLISHED)
                outside.sendall(rest)
                _pass_on_both_ways(self.request, outside)
            else:
                outside.sendall(_rewritten(head, method, target))
                _pass_on_answer(outside, self.request)

    def _look_into(
        self, wanted: Destination, trusted: Cooldown | Downloads, make: Callable[..., ReadingGateway]
    ) -> None:
        """Answer in the host's place. A client that does not trust the authority closes the connection."""
        egress = self.server.egress
        egress.demand(wanted)
        self.request.sendall(_ESTABLISHED)
        gateway = make(bundle=trusted.bundle, wanted=wanted, connect=egress.connect, note=egress.note)
        client = trusted.authority.context(wanted.host).wrap_socket(self.request, server_side=True)
        with client, egress.watch(client):
            gateway.serve(client)


def _read_head(client: socket.socket) -> tuple[str, bytes]:
    received = b""
    while b"\r\n\r\n" not in received:
        if len(received) > _HEAD_LIMIT or not (more := client.recv(_CHUNK)):
            raise RefusedRequest("400 Bad Request", "expected a request to a proxy")
        received += more
    head, rest = received.split(b"\r\n\r\n", 1)
    return head.decode("latin-1"), rest


def _destination(method: str, target: str) -> Destination:
    try:
        if method == "CONNECT":
            parts = urlsplit(f"//{target}")
            found = Destination((parts.hostname or "").rstrip("."), parts.port or 0)
        elif method in _READING and target.lower().startswith("http://"):
            found = Destination.of(target)
        else:
            raise RefusedRequest("405 Method Not Allowed", "this proxy knows CONNECT, and GET and HEAD of http://")
    except ValueError as error:
        raise RefusedRequest("400 Bad Request", "expected an address") from error
    if not _HOST.fullmatch(found.host) or not found.port:
        raise RefusedRequest("400 Bad Request", "expected a host and a port")
    return found


def _rewritten(head: str, method: str, target: str) -> bytes:
    """The request as the server gets it: one, without a body, and for the very host that was checked."""
    parts = urlsplit(target)
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    headers = [
        line for line in head.split("\r\n")[1:] if _HEADER.fullmatch(line) and not _HOP_BY_HOP.match(line.lower())
    ]
    path = path if path.startswith("/") else f"/{path}"
    first = (f"{method} {path} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}")
    return "\r\n".join((*first, *headers, "Connection: close", "", "")).encode("latin-1")


def _pass_on_both_ways(client: socket.socket, outside: socket.socket) -> None:
    for end in (client, outside):
        end.settimeout(None)
    there = threading.Thread(target=_pass_on, args=(client, outside), daemon=True)
    there.start()
    _pass_on(outside, client)
    there.join()


def _pass_on_answer(outside: socket.socket, client: socket.socket) -> None:
    for end in (client, outside):
        end.settimeout(None)
    _pass_on(outside, client)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(_CHUNK):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):  # wakes the other direction too
            shut(end)
