"""Decides which requests to the model's API a session's plan needs, by lists of what may pass.

The lists are what Claude Code 2.1.330 sends under the bot's flags and environment (recorded: plain, resumed, reminded
of its delivery, with a subscription, with images, after its context was full). Whatever is not in them is refused,
apart from headers and betas, which are left out: without the body keys that go with them they change nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.core.untrusted import as_dicts

MESSAGES, COUNT_TOKENS = "/v1/messages", "/v1/messages/count_tokens"
TARGETS = frozenset(path + query for path in (MESSAGES, COUNT_TOKENS) for query in ("", "?beta=true"))
TOOLS = frozenset({"Bash", "Edit", "Write", "Read", "Glob", "Grep", "StructuredOutput", "DeferredToolPlaceholder"})
BETAS = frozenset(
    {
        "claude-code-20250219",
        "context-management-2025-06-27",
        "effort-2025-11-24",
        "extended-cache-ttl-2025-04-11",
        "interleaved-thinking-2025-05-14",
        "mid-conversation-tool-changes-2026-07-01",
        "oauth-2025-04-20",
        "per-turn-control-2026-07-01",
        "prompt-caching-scope-2026-01-05",
        "thinking-display-updates-2026-08-18",
        "thinking-token-count-2026-05-13",
    }
)
HEADERS = frozenset(
    {
        *("accept", "anthropic-dangerous-direct-browser-access", "user-agent", "x-app", "x-claude-code-session-id"),
        *("x-stainless-arch", "x-stainless-lang", "x-stainless-os", "x-stainless-package-version"),
        *("x-stainless-retry-count", "x-stainless-runtime", "x-stainless-runtime-version", "x-stainless-timeout"),
    }
)
VERSION = "2023-06-01"

_BODY = frozenset(
    {
        *("model", "messages", "system", "tools", "tool_choice", "metadata", "max_tokens", "temperature", "stream"),
        *("thinking", "context_management", "output_config"),
    }
)
_SHORT = {
    "metadata": {"user_id"},
    "thinking": {"type", "display", "budget_tokens"},
    "tool_choice": {"type", "name", "disable_parallel_tool_use"},
    "output_config": {"effort"},
}
_TOOL = frozenset({"name", "description", "input_schema", "cache_control", "defer_loading", "type", "strict"})
_EDITS = frozenset({"clear_thinking_20251015", "clear_tool_uses_20250919"})
_BLOCKS = {
    "text": {"text"},
    "thinking": {"thinking", "signature"},
    "redacted_thinking": {"data"},
    "tool_use": {"id", "name", "input"},
    "tool_result": {"tool_use_id", "content", "is_error"},
    "image": {"source"},
    "document": {"source", "title", "context"},
}
_WITHIN = {
    "user": frozenset({"text", "tool_result", "image", "document"}),
    "assistant": frozenset({"text", "thinking", "redacted_thinking", "tool_use"}),
    "system": frozenset({"text"}),
    "result": frozenset({"text", "image", "document"}),
}
_SOURCES = frozenset({"base64", "text"})
_SOURCE = frozenset({"type", "media_type", "data"})
_SHORTEST_NAME = 200
_FAMILIES = frozenset({"opus", "sonnet", "haiku", "fable", "mythos"})
_PLAIN = re.compile(r"[\x20-\x7e]{0,300}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """`model`: the one that the session's first request named, before anything of the session could run; `planned`:
    what the plan says of it (a full name, an alias such as `opus`, or None for the account's own)."""

    planned: str | None = None
    model: str = ""

    def refuses(self, model: str) -> bool:
        """Whether the request names another model than the plan and the first request."""
        return model != self.model if self.model else not _is_planned(model, self.planned)


def _is_planned(model: str, planned: str | None) -> bool:
    name = (planned or "").removesuffix("[1m]")
    if name in _FAMILIES:
        return name in model.split("-")
    if not name.startswith("claude-"):
        return bool(model) if name in ("", "default", "best", "opusplan") else model == name
    return model == name or re.fullmatch(re.escape(name) + r"-\d{8}", model) is not None


def betas_let_through(header: str) -> str:
    """Those of an `anthropic-beta` header that a session needs."""
    return ",".join(beta for beta in map(str.strip, header.split(",")) if beta in BETAS)


def headers_let_through(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a request that the API gets, by lower-case name."""
    kept = {name: value for name, value in headers.items() if name in HEADERS and _PLAIN.fullmatch(value)}
    betas = betas_let_through(headers.get("anthropic-beta", ""))
    return {**kept, "anthropic-version": VERSION, "content-type": "application/json"} | (
        {"anthropic-beta": betas} if betas else {}
    )


def refusal(body: object, allowance: Allowance) -> str | None:
    """Why a request's body is refused, as the end of a sentence; None if it may pass."""
    if not isinstance(body, dict):
        return "its body is not a JSON object"
    return next(_refusals(body, allowance), None)


def _refusals(body: Mapping[str, Any], allowance: Allowance) -> Iterator[str]:
    yield from _unknown(body, _BODY, "key")
    model = body.get("model")
    if not isinstance(model, str) or len(model) > _SHORTEST_NAME or allowance.refuses(model):
        yield f"it asks for the model {str(model)[:100]!r}, the session's is {allowance.model or allowance.planned!r}"
    for name, keys in _SHORT.items():
        yield from _short(name, body.get(name), frozenset(keys))
    yield from _management(body.get("context_management"))
    yield from _tools(body.get("tools", []))
    yield from _content(body.get("system", ""), "system")
    messages = body.get("messages")
    if not isinstance(messages, list):
        yield "its messages are not a list"
        return
    for message in messages:
        yield from _message(message)


def _unknown(found: Mapping[str, Any], known: frozenset[str], what: str) -> Iterator[str]:
    if unknown := sorted(map(str, set(found) - known)):
        yield f"it has the {what} {unknown[0][:100]!r}"


def _short(name: str, value: object, keys: frozenset[str]) -> Iterator[str]:
    """A small object of plain values."""
    if value is None:
        return
    if not isinstance(value, dict):
        yield f"its {name} is not an object"
        return
    yield from _unknown(value, keys, f"{name} key")
    if any(isinstance(each, list | dict) or len(str(each)) > 1000 for each in value.values()):  # noqa: PLR2004
        yield f"its {name} holds more than plain values"


def _management(value: object) -> Iterator[str]:
    if value is None:
        return
    edits = value.get("edits") if isinstance(value, dict) and set(value) == {"edits"} else None
    if not isinstance(edits, list) or not all(isinstance(each, dict) and each.get("type") in _EDITS for each in edits):
        yield "its context_management is not one that a session uses"


def _tools(value: object) -> Iterator[str]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        yield "its tools are not a list of objects"
        return
    for tool in value:
        name, kind = tool.get("name"), tool.get("type", "custom")
        if kind != "custom" or name not in TOOLS:
            yield f"it offers the tool {str(name)[:100]!r} of type {str(kind)[:100]!r}"
        yield from _unknown(tool, _TOOL, "tool key")
        yield from _cache(tool.get("cache_control"))


def _message(message: object) -> Iterator[str]:
    if not isinstance(message, dict) or message.get("role") not in ("user", "assistant", "system"):
        yield "it has a message of no known role"
        return
    yield from _unknown(message, frozenset({"role", "content", "output_config"}), "message key")
    yield from _short("output_config", message.get("output_config"), frozenset({"effort"}))
    yield from _content(message.get("content"), message["role"])


def _content(content: object, within: str) -> Iterator[str]:
    if isinstance(content, str):
        return
    if not isinstance(content, list):
        yield "it has a message without content"
        return
    for block in content:
        yield from _block(block, within)


def _block(block: object, within: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if not isinstance(block, dict) or not isinstance(kind, str) or kind not in _WITHIN[within]:
        yield f"it has a block of type {str(kind)[:100]!r} in a message of role {within!r}"
        return
    yield from _unknown(block, frozenset({"type", "cache_control", *_BLOCKS[kind]}), f"{kind} key")
    yield from _cache(block.get("cache_control"))
    yield from _CHECKS.get(kind, _text)(block)


def _text(block: Mapping[str, Any]) -> Iterator[str]:
    if not all(isinstance(block.get(key), str) for key in _BLOCKS[block["type"]] - {"signature"}):
        yield f"it has a {block['type']} block that holds no text"


def _tool_use(block: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(block.get("id"), str) or not isinstance(block.get("name"), str):
        yield "it has a tool_use block without a name"


def _tool_result(block: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(block.get("tool_use_id"), str):
        yield "it has a tool_result block without an id"
    yield from _content(block.get("content", ""), "result")


def _find_sourced(block: Mapping[str, Any]) -> Iterator[str]:
    """No source by URL and no file that lies with the API: the API would fetch content that others control."""
    source = block.get("source")
    if not isinstance(source, dict) or source.get("type") not in _SOURCES or set(source) - _SOURCE:
        kind = source.get("type") if isinstance(source, dict) else None
        yield f"it has a {block['type']} from a source of type {str(kind)[:100]!r}"
    elif not all(isinstance(value, str) for value in source.values()):
        yield f"it has a {block['type']} whose source is not text"


def _cache(value: object) -> Iterator[str]:
    if value is not None:
        yield from _short("cache_control", value, frozenset({"type", "ttl", "scope"}))


_CHECKS: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "image": _find_sourced,
    "document": _find_sourced,
}


def blocks_of(message: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A message's content as blocks."""
    content = message.get("content")
    return [{"type": "text", "text": content}] if isinstance(content, str) else as_dicts(content)
