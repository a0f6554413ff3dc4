"""A Messages API on loopback with scripted answers: the real Claude Code CLI talks to it where no model may be asked.

The canary uses it in production, a rehearsal for whole nights. It implements as much of the API as the CLI uses
(`POST /v1/messages`, streamed or not); requests without tools are the CLI's own side queries and get a short text.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bot.adapters.scripted_messages import (
    Drop,
    Fail,
    Hang,
    ModelRequest,
    Reply,
    Say,
    ToolUse,
    UseTools,
    parse_request,
    stream_events,
)

__all__ = ["Answer", "Drop", "Fail", "Hang", "ModelRequest", "Reply", "Say", "ScriptedModel", "ToolUse", "UseTools"]

Answer = Callable[[ModelRequest], Reply]


class ScriptedModel:
    """Listens on a free loopback port while its `with` block runs.

    `answer` is called once per request of a conversation, from the thread of that request. If it raises, the CLI
    gets an error that is not retried, and leaving the block raises it again: a broken script never looks like a
    model's answer.
    """

    def __init__(
        self, answer: Answer, *, side_answer: str = "ok", input_tokens: int = 1000, output_tokens: int = 100
    ) -> None:
        self.requests: list[ModelRequest] = []
        self.refuses_keys = False  # as the API does when a key was revoked, whatever is asked
        self._answer = answer
        self._side_answer = side_answer
        self._usage = {"input_tokens": input_tokens, "output_tokens": output_tokens}
        self._numbers = itertools.count(1)
        self._broken: list[Exception] = []
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        if self._broken and error is None:
            raise self._broken[0]

    def reply_to(self, body: Mapping[str, Any], key: str, since: int = 0) -> Reply:
        """What the script says to one request body. `since`: the message with which the present session began, in a
        conversation that goes on from an earlier one."""
        request = parse_request(body, key, since)
        if not request.tools:
            return Say(self._side_answer)
        self.requests.append(request)
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - raised again by __exit__, where the script's owner sees it
            self._broken.append(error)
            return Fail(400, "invalid_request_error", f"the script failed: {error!r}")

    def message(self, body: Mapping[str, Any], reply: Say | UseTools) -> dict[str, Any]:
        """The reply as the API's `message` object."""
        number = next(self._numbers)
        calls = reply.calls if isinstance(reply, UseTools) else ()
        text = [{"type": "text", "text": reply.text}] if reply.text or not calls else []
        tools = [
            {"type": "tool_use", "id": call.id or f"toolu_{number}_{at}", "name": call.name, "input": dict(call.input)}
            for at, call in enumerate(calls)
        ]
        return {
            "id": f"msg_{number}",
            "type": "message",
            "role": "assistant",
            "model": body.get("model", "scripted"),
            "content": [*text, *tools],
            "stop_reason": "tool_use" if calls else "end_turn",
            "stop_sequence": None,
            "usage": dict(self._usage),
        }

    def hold(self, seconds: float) -> None:
        """Wait, or less long if the block is left."""
        self._closing.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, model: ScriptedModel) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.model = model

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A CLI that was stopped hangs up in the middle of an answer: that is no error of the script's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.server.model.refuses_keys:
            self._json(401, _error("authentication_error", "invalid x-api-key"))
            return
        if urlsplit(self.path).path != "/v1/messages":
            self._json(404, _error("not_found_error", f"nothing is scripted for {self.path}"))
            return
        request = json.loads(body)
        self._send(request, self.server.model.reply_to(request, _key(self.headers)))

    def do_GET(self) -> None:
        if self.server.model.refuses_keys:
            self._json(401, _error("authentication_error", "invalid x-api-key"))
            return
        if urlsplit(self.path).path == "/v1/models":
            self._json(200, {"data": [{"type": "model", "id": "scripted"}], "has_more": False})
            return
        self._json(404, _error("not_found_error", f"nothing is scripted for {self.path}"))

    def do_HEAD(self) -> None:
        self._start(200, "text/plain", {"Content-Length": "0"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Silent: the requests are in `ScriptedModel.requests`."""

    def _send(self, request: Mapping[str, Any], reply: Reply) -> None:
        match reply:
            case Fail():
                self._json(reply.status, _error(reply.error_type, reply.message), reply.headers)
            case Hang(seconds):
                self.server.model.hold(seconds)
                self._cut()
            case Drop():
                self._cut()
            case Say() | UseTools():
                message = self.server.model.message(request, reply)
                self._stream(message) if request.get("stream") else self._json(200, message)

    def _stream(self, message: Mapping[str, Any]) -> None:
        self._start(200, "text/event-stream", {"Cache-Control": "no-cache"})
        for event in stream_events(message):
            data = json.dumps(event, ensure_ascii=False)
            self.wfile.write(f"event: {event['type']}\ndata: {data}\n\n".encode())
        self.wfile.flush()

    def _json(self, status: int, value: object, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(value).encode()
        self._start(status, "application/json", {"Content-Length": str(len(data)), **(headers or {})})
        self.wfile.write(data)

    def _start(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        # One request per connection: nothing is left open when the block is left.
        self.close_connection = True
        self.send_response(status)
        for name, value in {"Content-Type": content_type, "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _key(headers: Any) -> str:
    bearer = str(headers.get("Authorization", "")).removeprefix("Bearer ")
    return str(headers.get("x-api-key") or bearer)


def _error(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}
