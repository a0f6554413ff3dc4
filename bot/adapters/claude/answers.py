"""Read an answer of the Messages API while the relay passes it on: server-sent events or one JSON object, in pieces.

Nothing of it is held back or changed. An answer that cannot be read is marked as not whole, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.core.forms import call_form, text_form
from bot.core.plan_windows import WindowUse, read_windows
from bot.core.prices import Usage, cost_of, tokens_in
from bot.core.untrusted import as_dict, as_dicts, as_int, as_str, as_time, parse_object, plain
from bot.core.witness import AskedCall, Exchange, ShownResult

LONGEST_ANSWER = 64 << 20
_LONGEST_EVENT = 16 << 20
_MOST_BLOCKS = 2000
_OK = 200
_ERROR_TEXT = 300


@dataclass(slots=True)
class _Block:
    kind: str
    id: str = ""
    name: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    whole: bool = False
    reported: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def as_call(self, cwd: str) -> AskedCall:
        found = (parse_object(self.text) if self.text.strip() else self.given) if self.whole else None
        form = call_form(self.name, found, cwd) if found is not None else ""
        return AskedCall(id=self.id, name=self.name, form=form, whole=found is not None)


@dataclass(slots=True, kw_only=True)
class ApiAnswer:
    """One exchange as it grows. `size`: bytes of the request; `cwd`: the folder that the session works in."""

    number: int
    model: str
    size: int
    cwd: str
    results: tuple[ShownResult, ...] = ()
    status: int | None = None
    trouble: str = ""  # what is too large or cannot be read
    _streamed: bool = False
    _rest: bytearray = field(default_factory=bytearray)
    _data: bytearray = field(default_factory=bytearray)
    _blocks: dict[int, _Block] = field(default_factory=dict)
    _usage: dict[str, Any] = field(default_factory=dict)
    _message: str = ""
    _answering: str = ""
    _error: tuple[str, str] = ("", "")
    _limited: bool = False
    _resets_at: datetime | None = None
    _windows: tuple[WindowUse, ...] = ()
    _taken: int = 0
    _whole: bool = False

    def begins(self, status: int, headers: Mapping[str, str]) -> None:
        """The API answers. `headers` by lower-case name."""
        self.status = status
        self._streamed = headers.get("content-type", "").startswith("text/event-stream")
        self._windows = read_windows(headers)
        # A subscription's usage limit. A 429 without it limits the speed and passes: Claude Code 2.1.330 repeats it.
        self._limited = headers.get("anthropic-ratelimit-unified-status") == "rejected"
        if self._limited:
            reset = headers.get("anthropic-ratelimit-unified-reset", "")
            self._resets_at = as_time(int(reset)) if reset.isascii() and reset.isdigit() else None

    def unreachable(self, error: str) -> None:
        """The API could not be reached, or broke off before it answered."""
        self._error = ("unreachable", error)

    def feed(self, piece: bytes) -> None:
        """Read the next piece."""
        self._taken += len(piece)
        if self._taken > LONGEST_ANSWER or len(self._rest) > _LONGEST_EVENT or len(self._data) > _LONGEST_EVENT:
            self.trouble = self.trouble or "an answer of the API is larger than the relay reads"
        if self.trouble:
            return
        self._rest += piece
        if self._streamed and b"\n" in piece:
            self._lines()

    def ends(self) -> None:
        """The API's answer came to its end."""
        if not self._streamed and not self.trouble:
            self._object(parse_object(bytes(self._rest)))
            self._rest.clear()
        self._whole = self._whole or not (self._streamed and self.status == _OK)

    def news(self) -> tuple[list[AskedCall], list[str]]:
        """The calls and the texts that have become whole since the last call."""
        fresh = [block for block in self._blocks.values() if block.whole and not block.reported]
        for block in fresh:
            block.reported = True
        calls = [block.as_call(self.cwd) for block in fresh if block.kind == "tool_use"]
        return calls, [block.text for block in fresh if block.kind == "text"]

    def exchange(self) -> Exchange:
        """The exchange as far as it is known now."""
        blocks = self._blocks.values()
        usage = self._known_usage()
        return Exchange(
            number=self.number,
            model=self._answering or self.model,
            status=self.status,
            error_type=self._error[0],
            error_text=plain(self._error[1])[:_ERROR_TEXT],
            limited=self._limited,
            resets_at=self._resets_at,
            windows=self._windows,
            message_id=self._message,
            whole=self._whole and not self.trouble,
            calls=tuple(block.as_call(self.cwd) for block in blocks if block.kind == "tool_use"),
            texts=tuple(text_form(block.text) for block in blocks if block.kind == "text" and block.whole),
            results=self.results,
            usage=usage,
            cost_usd=cost_of(self._answering or self.model, usage),
        )

    def _known_usage(self) -> Usage:
        """What the API reported; where it broke off or reported nothing, an upper bound by the size of what passed."""
        reported, creation = self._usage, as_dict(self._usage.get("cache_creation"))
        output = as_int(reported.get("output_tokens")) or 0
        if self.status == _OK and not self._whole:
            output = max(output, sum(tokens_in(len(block.text)) for block in self._blocks.values()))
        unknown = self.status == _OK and not reported
        return Usage(
            input=tokens_in(self.size) if unknown else max(as_int(reported.get("input_tokens")) or 0, 0),
            output=max(output, 0),
            read=max(as_int(reported.get("cache_read_input_tokens")) or 0, 0),
            write=max(as_int(reported.get("cache_creation_input_tokens")) or 0, 0),
            write_hour=max(as_int(creation.get("ephemeral_1h_input_tokens")) or 0, 0),
            within_us=reported.get("inference_geo") == "us",
        )

    def _lines(self) -> None:
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        for line in (line.rstrip(b"\r") for line in lines):
            if line.startswith(b"data:"):
                self._data += line[5:].strip() + b"\n"
            elif not line and self._data:
                data, self._data = bytes(self._data), bytearray()
                self._event(parse_object(data))

    def _event(self, event: dict[str, Any] | None) -> None:
        if event is None:
            self.trouble = "an answer of the API holds an event that is not JSON"
            return
        match event.get("type"):
            case "message_start":
                self._start(as_dict(event.get("message")))
            case "content_block_start":
                self._open(as_int(event.get("index")), as_dict(event.get("content_block")))
            case "content_block_delta":
                self._grew(as_int(event.get("index")), as_dict(event.get("delta")))
            case "content_block_stop":
                if (block := self._blocks.get(as_int(event.get("index")) or 0)) is not None:
                    block.whole = True
            case "message_delta":
                self._usage |= {k: v for k, v in as_dict(event.get("usage")).items() if v is not None}
            case "message_stop":
                self._whole = True
            case "error":
                self._fail(event)

    def _object(self, value: dict[str, Any] | None) -> None:
        if value is None and self.status == _OK:
            self.trouble = "an answer of the API is not JSON"
        elif value is None:
            self._error = ("unreadable", "")
        elif value.get("type") == "message":
            self._start(value)
            for index, block in enumerate(as_dicts(value.get("content"))):
                self._open(index, block)
                if index in self._blocks:
                    self._blocks[index].whole = True
        elif value.get("type") == "error":
            self._fail(value)

    def _start(self, message: dict[str, Any]) -> None:
        self._message, self._answering = as_str(message.get("id")), as_str(message.get("model"))
        self._usage |= as_dict(message.get("usage"))

    def _open(self, index: int | None, block: dict[str, Any]) -> None:
        if index is None or len(self._blocks) >= _MOST_BLOCKS:
            self.trouble = "an answer of the API holds more blocks than the relay reads"
            return
        made = _Block(as_str(block.get("type")), as_str(block.get("id")), as_str(block.get("name")))
        made.given = as_dict(block.get("input"))
        made.pieces = [as_str(block.get("text"))]
        self._blocks[index] = made

    def _grew(self, index: int | None, delta: dict[str, Any]) -> None:
        if index is not None and index in self._blocks:
            piece = as_str(delta.get("text")) or as_str(delta.get("partial_json")) or as_str(delta.get("thinking"))
            self._blocks[index].pieces.append(piece)

    def _fail(self, event: dict[str, Any]) -> None:
        error = as_dict(event.get("error"))
        self._error = (as_str(error.get("type")) or "error", as_str(error.get("message")))
