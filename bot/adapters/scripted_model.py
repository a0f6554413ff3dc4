"""A Messages API on loopback whose answers are written beforehand: what the real Claude Code CLI talks to where no
model may be asked.

The canary uses it in production, a rehearsal for whole nights. It speaks as much of the API as the CLI uses
(`POST /v1/messages`, streamed or not); requests without tools are the CLI's own side queries and get any short text.
"""

from __future__ import annotations

import itertools
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from bot.adapters.messages_api import content_blocks, content_text, error_body, events_of

_REMINDER = "<system-reminder>"  # the CLI's own notes stand before the prompt in the first user message


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRequest:
    """One request of a conversation. `key`: the API key or bearer token; `turn` counts from 1; `prompt`: the first
    user text, without line ends around it; `messages`: as sent, for scripts that answer to tool results."""

    key: str
    turn: int
    prompt: str
    system: str
    tools: tuple[str, ...]
    messages: tuple[Mapping[str, Any], ...]
    model: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call of the model; without an `id` it gets a fresh one."""

    name: str
    input: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class SayText:
    """End the turn with a text."""

    text: str


@dataclass(frozen=True, slots=True)
class UseTools:
    """Call tools, all in one message, after an optional text."""

    calls: tuple[ToolUse, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fail:
    """Answer with an API error, such as `Fail(529, "overloaded_error", "Overloaded")`."""

    status: int
    error_type: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hang:
    """Send nothing for so long, then cut the connection."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection at once."""


Reply = SayText | UseTools | Fail | Hang | Drop
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
        self.headers: Mapping[str, str] = {}  # of each answer, such as what is used of a subscription
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
        """The script's answer to one request body. `since`: the message with which the present session began, in a
        conversation that continues an earlier one."""
        request = _parse(body, key, since)
        if not request.tools:
            return SayText(self._side_answer)
        self.requests.append(request)
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001 - raised again by __exit__, where the script's owner sees it
            self._broken.append(error)
            return Fail(400, "invalid_request_error", f"the script failed: {error!r}")

    def message(self, body: Mapping[str, Any], reply: SayText | UseTools) -> dict[str, Any]:
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
        """A CLI that was stopped hangs up in the middle of an answer: that is not an error of the script."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.server.model.refuses_keys:
            self._json(401, error_body("authentication_error", "invalid x-api-key"))
            return
        if urlsplit(self.path).path != "/v1/messages":
            self._json(404, error_body("not_found_error", f"nothing is scripted for {self.path}"))
            return
        request = json.loads(body)
        self._send(request, self.server.model.reply_to(request, _key(self.headers)))

    def do_GET(self) -> None:
        if self.server.model.refuses_keys:
            self._json(401, error_body("authentication_error", "invalid x-api-key"))
            return
        if urlsplit(self.path).path == "/v1/models":
            self._json(200, {"data": [{"type": "model", "id": "scripted"}], "has_more": False})
            return
        self._json(404, error_body("not_found_error", f"nothing is scripted for {self.path}"))

    def do_HEAD(self) -> None:
        self._start(200, "text/plain", {"Content-Length": "0"})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Silent: the requests are in `ScriptedModel.requests`."""

    def _send(self, request: Mapping[str, Any], reply: Reply) -> None:
        match reply:
            case Fail():
                self._json(reply.status, error_body(reply.error_type, reply.message), reply.headers)
            case Hang(seconds):
                self.server.model.hold(seconds)
                self._cut()
            case Drop():
                self._cut()
            case SayText() | UseTools():
                message = self.server.model.message(request, reply)
                self._stream(message) if request.get("stream") else self._json(200, message)

    def _stream(self, message: Mapping[str, Any]) -> None:
        self._start(200, "text/event-stream", {"Cache-Control": "no-cache", **self.server.model.headers})
        for event in events_of(message):
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


def _parse(body: Mapping[str, Any], key: str, since: int) -> ModelRequest:
    messages = tuple(body.get("messages", ()))
    return ModelRequest(
        key=key,
        turn=1 + sum(message.get("role") == "assistant" for message in messages[since:]),
        prompt=_prompt(messages[since:]),
        system=content_text(body.get("system", "")),
        tools=tuple(tool.get("name", "") for tool in body.get("tools", ())),
        messages=messages,
        model=body.get("model", ""),
    )


def _prompt(messages: tuple[Mapping[str, Any], ...]) -> str:
    for message in messages:
        for block in content_blocks(message.get("content", "")) if message.get("role") == "user" else ():
            text: str = block.get("text", "")
            if block.get("type") == "text" and not text.lstrip().startswith(_REMINDER):
                return text.strip("\n")
    return ""


def _key(headers: Any) -> str:
    bearer = str(headers.get("Authorization", "")).removeprefix("Bearer ")
    return str(headers.get("x-api-key") or bearer)
