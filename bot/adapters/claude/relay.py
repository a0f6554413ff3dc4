"""Between a session and the model's API: the session knows a pass that is good for it alone, the credential stays here.

A shell command can read Claude Code's memory, so what is not in there cannot be stolen. And since only this relay is
reachable, and puts its own credential into each request, nobody else's account can be used to carry something out.
Only what a session needs of the API is let through.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import secrets
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import SplitResult, urlsplit

from bot.adapters.cell.entry import LOOPBACK
from bot.adapters.claude.plan import ANTHROPIC, Credential
from bot.adapters.sandbox import PORT

_log = logging.getLogger(__name__)

_ENDPOINTS = frozenset({"/v1/messages", "/v1/messages/count_tokens"})
_LARGEST = 64 << 20  # the API itself takes 32 MB
_CHUNK = 1 << 16
_CONNECT_SECONDS = 30.0
_OURS = frozenset({"authorization", "x-api-key", "host", "connection", "content-length"})
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})


@dataclass(slots=True)
class Relay:
    """Serves a session while the `with` block runs: on the socket that its cell hands over (`in_cell`), or on the
    host's loopback. `credential`: the operator's, for the API at its `base_url`."""

    credential: Credential
    in_cell: bool = False
    _pass: str = field(default_factory=lambda: f"session-{secrets.token_urlsafe(32)}", repr=False)
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _server: _Server | None = None

    def __enter__(self) -> Self:
        if not self.in_cell:
            self.serve(socket.create_server((LOOPBACK, 0)))
        return self

    def serve(self, listener: socket.socket) -> None:
        """Answer what connects to this socket, from threads, until the `with` block ends."""
        self._server = _Server(self, listener)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()
        with self._lock:
            left = tuple(self._open)
        for end in left:
            with contextlib.suppress(OSError):  # it was closed already
                end.shutdown(socket.SHUT_RDWR)

    @property
    def for_session(self) -> Credential:
        """What the session gets instead: of the same kind, since Claude Code treats a key and a subscription unlike."""
        port = PORT if self._server is None else self._server.server_address[1]
        url = f"http://{LOOPBACK}:{port}"
        given = replace(self.credential, base_url=url)
        if self.credential.api_key:
            return replace(given, api_key=self._pass)
        return replace(given, oauth_token=self._pass) if self.credential.oauth_token else given

    def admits(self, headers: Message) -> bool:
        """Whether a request carries the session's pass: other users of this host can reach the port too."""
        shown = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        return secrets.compare_digest(shown.encode(errors="replace"), self._pass.encode())

    def authorization(self) -> dict[str, str]:
        """The header that the API takes for the credential."""
        if self.credential.api_key:
            return {"x-api-key": self.credential.api_key}
        return {"Authorization": f"Bearer {self.credential.oauth_token}"}

    @contextlib.contextmanager
    def watched(self, connection: http.client.HTTPConnection) -> Iterator[None]:
        """The connection is cut when the session ends, also while the API is silent."""
        connection.connect()
        end: socket.socket = connection.sock
        with self._lock:
            self._open.add(end)
        try:
            end.settimeout(None)  # how long a silent model is waited for is the session's to judge
            yield
        finally:
            with self._lock:
                self._open.discard(end)
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, relay: Relay, listener: socket.socket) -> None:
        super().__init__(listener.getsockname(), _Request, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.relay = relay
        self.api = urlsplit(relay.credential.base_url or ANTHROPIC)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - its parent's
        _log.exception("the relay to the model's API: an error of its own; the connection was closed")


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Pass one request on. Where the API cannot be reached the connection is cut, as the API's own would be."""
        if (refusal := self._refusal()) is not None:
            self._refuse(*refusal)
            return
        try:
            self._relay(self.rfile.read(int(self.headers["content-length"])))
        except (OSError, http.client.HTTPException) as error:
            _log.debug("the model's API: %r", error)
            self._cut()

    def do_HEAD(self) -> None:
        """Claude Code looks whether somebody is there."""
        self._answer(200, b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Silent: the session's transcript tells what was asked."""

    def _refusal(self) -> tuple[int, str, str] | None:
        if urlsplit(self.path).path not in _ENDPOINTS:
            return 404, "not_found_error", f"a session may not ask the API for {self.path[:200]}"
        if not self.server.relay.admits(self.headers):
            return 401, "authentication_error", "this is not the pass of a running session"
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or int(length) > _LARGEST:
            return 413, "request_too_large", f"expected a Content-Length of at most {_LARGEST} bytes"
        return None

    def _relay(self, body: bytes) -> None:
        connection = _connection(self.server.api)
        with self.server.relay.watched(connection):
            path = self.server.api.path.rstrip("/") + self.path
            connection.request("POST", path, body, self._headers_out())
            answer = connection.getresponse()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP_BY_HOP:
                    self.send_header(name, value)
            self._stream(answer)

    def _headers_out(self) -> dict[str, str]:
        given = {name: value for name, value in self.headers.items() if name.lower() not in _OURS | _HOP_BY_HOP}
        return given | self.server.relay.authorization()

    def _stream(self, answer: http.client.HTTPResponse) -> None:
        """In chunks, each as soon as it comes: the end of a stream that was cut is never the end of an answer."""
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := answer.read1(_CHUNK):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if answer.length:  # fewer bytes than it had announced: http.client says so only where all is read at once
            raise http.client.IncompleteRead(b"", answer.length)
        self.wfile.write(b"0\r\n\r\n")

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self.close_connection = True
        self._answer(status, json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):  # the session has gone
            self.connection.shutdown(socket.SHUT_RDWR)


def _connection(api: SplitResult) -> http.client.HTTPConnection:
    host = api.hostname or ""
    if api.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, api.port, timeout=_CONNECT_SECONDS, context=context)
    return http.client.HTTPConnection(host, api.port, timeout=_CONNECT_SECONDS)
