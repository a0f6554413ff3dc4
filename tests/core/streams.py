"""The events that Claude Code streams, and how the tests read them. `tests/data/claude` holds recorded streams."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bot.core.failures import FailureKind
from bot.core.session import SessionResult
from bot.core.transcript import Transcript

SAMPLES = Path(__file__).parent.parent / "data" / "claude"


def read(sample: str, exit_code: int | None = 1, stopped: FailureKind | None = None) -> SessionResult:
    transcript = Transcript()
    for line in (SAMPLES / sample).read_bytes().splitlines(keepends=True):
        transcript.feed(line)
    return transcript.result(exit_code, stopped)


def stream(*events: dict[str, Any], exit_code: int | None = 0, stderr: str = "") -> SessionResult:
    transcript = Transcript()
    for event in events:
        transcript.feed(json.dumps(event))
    return transcript.result(exit_code, None, stderr=stderr)


def init(**more: Any) -> dict[str, Any]:
    return {"type": "system", "subtype": "init", "cwd": "/ws", "claude_code_version": "2.1.330", **more}


def calls(tool: str, call: str = "toolu_1", message: str = "msg_1", **tool_input: Any) -> dict[str, Any]:
    block = {"type": "tool_use", "id": call, "name": tool, "input": tool_input}
    return {"type": "assistant", "message": {"id": message, "content": [block]}}


def answer(content: str, call: str = "toolu_1", *, is_error: bool = False, **more: Any) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": call, "content": content, "is_error": is_error}
    return {"type": "user", "message": {"content": [block]}, **more}


def permitted(call: str = "toolu_1", source: str = "hook", decision: str = "accept") -> dict[str, Any]:
    verdict = {"decision": decision, "source": source, "reason_type": source}
    return {"tool_result_meta": [{"id": call, "permission_decision": verdict}]}


def ends(**more: Any) -> dict[str, Any]:
    return {"type": "result", "subtype": "success", "is_error": False, "terminal_reason": "completed", **more}
