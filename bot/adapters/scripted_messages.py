"""What a scripted model is asked and answers, as values: a request of the Messages API, a reply, and its stream.

`bot.adapters.scripted_model` serves them over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_REMINDER = "<system-reminder>"  # the CLI puts its own notes before the prompt in the first user message


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

    @property
    def tool_results(self) -> tuple[str, ...]:
        """The texts of the tool results since the model's last answer (the CLI adds messages of its own after them)."""
        answers = [at for at, message in enumerate(self.messages) if message.get("role") == "assistant"]
        return tuple(
            _text(block.get("content", ""))
            for message in self.messages[answers[-1] + 1 if answers else 0 :]
            for block in _blocks(message.get("content", ""))
            if block.get("type") == "tool_result"
        )


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call of the model; without an `id` it gets a fresh one."""

    name: str
    input: Mapping[str, Any]
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Say:
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
    """Say nothing for so long, then cut the connection."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Drop:
    """Cut the connection at once."""


Reply = Say | UseTools | Fail | Hang | Drop


def parse_request(body: Mapping[str, Any], key: str, since: int) -> ModelRequest:
    messages = tuple(body.get("messages", ()))
    return ModelRequest(
        key=key,
        turn=1 + sum(message.get("role") == "assistant" for message in messages[since:]),
        prompt=_prompt(messages[since:]),
        system=_text(body.get("system", "")),
        tools=tuple(tool.get("name", "") for tool in body.get("tools", ())),
        messages=messages,
        model=body.get("model", ""),
    )


def _prompt(messages: tuple[Mapping[str, Any], ...]) -> str:
    for message in messages:
        for block in _blocks(message.get("content", "")) if message.get("role") == "user" else ():
            text: str = block.get("text", "")
            if block.get("type") == "text" and not text.lstrip().startswith(_REMINDER):
                return text.strip("\n")
    return ""


def _blocks(content: Any) -> list[Mapping[str, Any]]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _text(content: Any) -> str:
    return "\n".join(block["text"] for block in _blocks(content) if block.get("type") == "text")


def stream_events(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The message as the API streams it."""
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    for index, block in enumerate(message["content"]):
        start, delta = _split(block)
        yield {"type": "content_block_start", "index": index, "content_block": start}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    end = {"stop_reason": message["stop_reason"], "stop_sequence": None}
    yield {"type": "message_delta", "delta": end, "usage": message["usage"]}
    yield {"type": "message_stop"}


def _split(block: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if block["type"] == "text":
        return {**block, "text": ""}, {"type": "text_delta", "text": block["text"]}
    return {**block, "input": {}}, {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
