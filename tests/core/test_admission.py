"""What a session may ask of the model's API: what Claude Code sends of itself, and nothing that reaches further."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.admission import Allowance, betas_let_through, headers_let_through, refusal

MODEL = "claude-opus-5-5"
CACHE = {"type": "ephemeral"}
BODY: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 128000,
    "stream": True,
    "metadata": {"user_id": "{}"},
    "thinking": {"type": "adaptive", "display": "updates"},
    "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
    "output_config": {"effort": "medium"},
    "system": [{"type": "text", "text": "You are Claude Code.", "cache_control": CACHE}],
    "tools": [
        {"name": "Bash", "description": "d", "input_schema": {"type": "object"}},
        {"name": "DeferredToolPlaceholder", "description": "d", "input_schema": {}, "defer_loading": True},
    ],
    "messages": [
        {"role": "user", "content": [{"type": "text", "text": "Fix the clock."}]},
        {"role": "system", "content": "# Environment", "output_config": {"effort": "medium"}},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "hm", "signature": "s"},
                {
                    "type": "tool_use",
                    "id": "toolu_1",
                    "name": "Read",
                    "input": {"url": "any", "source": {"type": "url"}},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "is_error": False,
                    "cache_control": CACHE,
                    "content": [
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}}
                    ],
                }
            ],
        },
    ],
}
PLAN = Allowance(model=MODEL)
URL = {"type": "url", "url": "https://evil.example/?q=what+the+session+has+read"}


def said(**changed: Any) -> str:
    return refusal({**BODY, **changed}, PLAN) or ""


def asks(*blocks: dict[str, Any], role: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": role, "content": list(blocks)}]}


def test_what_claude_code_sends_is_let_through() -> None:
    """As it was recorded, in one request; what a tool's input holds is for the gate to judge."""
    assert refusal(BODY, PLAN) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mcp_servers": [{"type": "url", "url": "https://evil.example/mcp"}]}, "key 'mcp_servers'"),
        ({"container": {"skills": []}}, "key 'container'"),
        ({"service_tier": "priority"}, "key 'service_tier'"),
        ({"tools": [{"type": "web_fetch_20250910", "name": "web_fetch"}]}, "tool 'web_fetch' of type 'web_fetch_2025"),
        ({"tools": [{"type": "code_execution_20250825", "name": "Bash"}]}, "of type 'code_execution_20250825'"),
        ({"tools": [{"name": "WebFetch", "input_schema": {}}]}, "tool 'WebFetch'"),
        ({"tools": [{"name": "Bash", "allowed_callers": ["code_execution"]}]}, "tool key 'allowed_callers'"),
        ({"tools": [{"name": "Bash", "cache_control": {"type": {"a": 1}}}]}, "more than plain values"),
        ({"model": "claude-haiku-4-5"}, "the model 'claude-haiku-4-5', the session's is 'claude-opus-5-5'"),
        ({"model": None}, "the model 'None'"),
        (asks({"type": "image", "source": URL}), "image from a source of type 'url'"),
        (asks({"type": "image", "source": {"type": "file", "file_id": "file_1"}}), "source of type 'file'"),
        (asks({"type": "document", "source": {"type": "content", "content": []}}), "source of type 'content'"),
        (
            asks({"type": "image", "source": {"type": "base64", "data": "", "url": URL["url"]}}),
            "source of type 'base64'",
        ),
        (asks({"type": "image", "source": {"type": "base64", "data": {"url": 1}}}), "source is not text"),
        (
            asks({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image", "source": URL}]}),
            "type 'url'",
        ),
        (asks({"type": "container_upload", "file_id": "f"}), "block of type 'container_upload'"),
        (asks({"type": "server_tool_use", "id": "i", "name": "web_search"}, role="assistant"), "'server_tool_use'"),
        (asks({"type": "text", "text": "x", "citations": []}), "text key 'citations'"),
        (asks({"type": "image", "source": URL}, role="system"), "block of type 'image' in a message of role 'system'"),
        ({"system": [{"type": "image", "source": URL}]}, "block of type 'image'"),
        ({"messages": [{"role": "developer", "content": "x"}]}, "no known role"),
        ({"messages": [{"role": "user", "content": "x", "name": "y"}]}, "message key 'name'"),
        ({"messages": "x"}, "messages are not a list"),
        ({"messages": [{"role": "user", "content": {"type": "text"}}]}, "without content"),
        ({"metadata": {"user_id": {"a": 1}}}, "metadata holds more than plain values"),
        ({"metadata": {"user_id": "x" * 1001}}, "metadata holds more than plain values"),
        ({"metadata": {"user_id": "x", "to": "y"}}, "metadata key 'to'"),
        ({"tool_choice": {"type": "any", "more": 1}}, "tool_choice key 'more'"),
        ({"context_management": {"edits": [{"type": "compact"}]}}, "context_management"),
    ],
)
def test_what_reaches_further_is_refused(changed: dict[str, Any], reason: str) -> None:
    assert reason in said(**changed)


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert refusal(body, PLAN) == "its body is not a JSON object"


@pytest.mark.parametrize(
    ("planned", "model", "passes"),
    [
        (None, "claude-opus-5-5", True),
        (None, "", False),
        ("opus", "claude-opus-5-5", True),
        ("opus", "claude-haiku-4-5", False),
        ("claude-sonnet-4-5", "claude-sonnet-4-5", True),
        ("claude-sonnet-4-5[1m]", "claude-sonnet-4-5", True),
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929", True),
        ("claude-sonnet-4-5", "claude-opus-4-5", False),
        ("claude-sonnet-5", "claude-sonnet-5-5", False),
        ("gateway/model", "gateway/model", True),
        ("gateway/model", "claude-opus-5-5", False),
    ],
)
def test_the_first_model_is_the_planned_one(planned: str | None, model: str, passes: bool) -> None:
    """And no other comes after it: nothing of the session has run before its first request."""
    assert Allowance(planned=planned).refuses(model) is not passes
    if passes:
        assert Allowance(planned=planned, model=model).refuses("claude-fable-5")


def test_headers_and_betas_that_no_session_needs_are_left_out() -> None:
    """The request passes without them; what would go with them in its body is refused."""
    given = {
        "anthropic-beta": "claude-code-20250219, mcp-client-2025-04-04,files-api-2025-04-14,effort-2025-11-24",
        "x-app": "cli",
        "x-stainless-os": "Linux",
        "user-agent": "a\nb",
        "anthropic-version": "2099-01-01",
        "cookie": "c",
        "x-forwarded-for": "evil",
        "content-type": "multipart/form-data",
    }

    assert headers_let_through(given) == {
        "x-app": "cli",
        "x-stainless-os": "Linux",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
        "anthropic-beta": "claude-code-20250219,effort-2025-11-24",
    }
    assert betas_let_through("code-execution-2025-08-25") == ""
