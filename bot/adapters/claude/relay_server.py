"""The relay's web server: which requests it accepts, and how it answers them."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import socket
import ssl
import threading
from contextlib import AbstractContextManager
from email.message import Message
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import SplitResult, urlsplit

from bot.adapters.claude.answers import ApiAnswer
from bot.adapters.claude.bodies import LARGEST, BadBody, read_body
from bot.adapters.claude.plan import ANTHROPIC, Credential
from bot.adapters.claude.relay_log import NotAdmitted, RelayLog
from bot.adapters.messages_api import error_body
from bot.adapters.sockets import ListenerServer, shut
from bot.core.admission import COUNT_TOKENS, TARGETS, headers_let_through

_log = logging.getLogger(__name__)

_CONNECTIONS = 64
_IDLE_SECONDS = 900.0  # Claude Code keeps its connection while a command runs
_CHUNK = 1 << 16
_CONNECT_SECONDS = 30.0
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade"})


class ServedRelay(Protocol):
    """What the server asks of its relay, which `Relay` explains."""

    @property
    def credential(self) -> Credential: ...

    @property
    def log(self) -> RelayLog: ...

    def admits(self, headers: Message) -> bool: ...

    def authorization(self) -> dict[str, str]: ...

    def turn(self) -> AbstractContextManager[float]: ...

    def parse(self, body: bytearray) -> object: ...

    def watch(self, connection: http.client.HTTPConnection, client: socket.socket) -> AbstractContextManager[None]: ...


class RelayServer(ListenerServer):
    """At most `_CONNECTIONS` at once: a session that opens more finds the others closed."""

    def __init__(self, relay: ServedRelay, listener: socket.socket) -> None:
        super().__init__(listener, _Request)
        self.relay = relay
        self.api = urlsplit(relay.credential.base_url or ANTHROPIC)
        self._places = threading.BoundedSemaphore(_CONNECTIONS)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - its parent's
        _log.exception("the relay to the model's API failed; the connection was closed")


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    server: RelayServer

    def do_POST(self) -> None:
        """Pass one request on. Where the API cannot be reached the connection is cut, as the API's own would be."""
        if not self.server.relay.admits(self.headers):
            self._refuse(401, "authentication_error", "expected the pass of a running session")
            return
        try:
            self._forward()
        except BadBody as error:
            self._not_admitted(error.status, str(error))
        except NotAdmitted as error:
            self._refuse(400, "invalid_request_error", f"Nightshift does not pass this on: {error}")
        except (OSError, http.client.HTTPException) as error:
            _log.debug("the model's API: %r", error)
            self._close()

    def do_HEAD(self) -> None:
        """Claude Code checks that the server is up."""
        self._answer(200, b"")

    def do_GET(self) -> None:
        """And every other method: a session needs none."""
        if self.server.relay.admits(self.headers):
            self._not_admitted(405, f"{self.command[:20]} {self.path[:100]}")
        else:
            self._refuse(401, "authentication_error", "expected the pass of a running session")

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_CONNECT = do_TRACE = do_GET  # noqa: N815 - their parent's

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Silent: the record tells what was asked."""

    @property
    def _target(self) -> str:
        """As it was sent: `path` has lost a doubled slash at its beginning."""
        return self.requestline.split()[1]

    def _forward(self) -> None:
        if self._target not in TARGETS:
            raise BadBody(f"a session may not ask the API for {self._target[:200]}", 404)
        length = self._length()
        relay = self.server.relay
        with relay.turn() as deadline:
            body = read_body(self.connection, self.rfile, length, deadline)
            self.connection.settimeout(_IDLE_SECONDS)
            counts_only = urlsplit(self._target).path == COUNT_TOKENS
            answer = relay.log.admit(relay.parse(body), body, counts_only=counts_only)
            try:
                self._relay(body, answer)
            except (OSError, http.client.HTTPException) as error:
                if answer is not None and answer.status is None:
                    answer.unreachable(repr(error))
                raise
            finally:
                if answer is not None:
                    relay.log.end_exchange(answer)

    def _length(self) -> int:
        lengths = self.headers.get_all("content-length", ())
        length = lengths[0] if len(lengths) == 1 else ""
        sent = not self.headers.get_all("transfer-encoding") and length.isascii() and length.isdigit()
        if not sent or len(length) > len(str(LARGEST)) or int(length) > LARGEST:
            raise BadBody(f"expected one Content-Length of at most {LARGEST} bytes", 413)
        return int(length)

    def _relay(self, body: bytearray, answer: ApiAnswer | None) -> None:
        connection = _connection(self.server.api)
        with self.server.relay.watch(connection, self.connection):
            path = self.server.api.path.rstrip("/") + self._target
            connection.request("POST", path, body, self._headers_out())
            self._send_answer(connection.getresponse(), answer)

    def _send_answer(self, came: http.client.HTTPResponse, answer: ApiAnswer | None) -> None:
        if answer is not None:
            answer.begins(came.status, {name.lower(): value for name, value in came.getheaders()})
        if came.headers.get("content-encoding", "identity") != "identity":
            raise http.client.HTTPException("the API's answer is encoded, which was not asked for")
        self.send_response_only(came.status, came.reason)
        for name, value in came.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self._stream(came, answer)

    def _headers_out(self) -> dict[str, str]:
        given = {name.lower(): value for name, value in self.headers.items()}
        return headers_let_through(given) | {"Accept-Encoding": "identity"} | self.server.relay.authorization()

    def _stream(self, came: http.client.HTTPResponse, answer: ApiAnswer | None) -> None:
        """In chunks, each as soon as it comes: the end of a stream that was cut is never the end of an answer."""
        log = self.server.relay.log
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while piece := came.read1(_CHUNK):
            if answer is not None:
                log.passes(answer, piece)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if came.length:  # fewer bytes than it had announced: http.client says so only where all is read at once
            raise http.client.IncompleteRead(b"", came.length)
        if answer is not None:
            log.ends(answer)
        self.wfile.write(b"0\r\n\r\n")

    def _not_admitted(self, status: int, reason: str) -> None:
        self.server.relay.log.refuse(reason)
        self._refuse(status, "invalid_request_error", reason)

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self.close_connection = True
        self._answer(status, json.dumps(error_body(kind, message)).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the session has closed the connection
            self.wfile.write(body)

    def _close(self) -> None:
        self.close_connection = True
        shut(self.connection)


def _connection(api: SplitResult) -> http.client.HTTPConnection:
    host = api.hostname or ""
    if api.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, api.port, timeout=_CONNECT_SECONDS, context=context)
    return http.client.HTTPConnection(host, api.port, timeout=_CONNECT_SECONDS)
