"""What a scripted model answers in the tests of the proof, and a session that is run with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot.adapters.claude import ClaudeCode, Session, SessionPlan
from bot.adapters.scripted_model import ModelRequest, Reply, ScriptedModel, ToolUse, UseTools

DONE = UseTools((ToolUse("StructuredOutput", {"status": "complete", "summary": "All done."}),))


def bash(command: str, call: str | None = None) -> UseTools:
    return UseTools((ToolUse("Bash", {"command": command, "description": "a step"}, call),))


def in_turn(*turns: Reply) -> Callable[[ModelRequest], Reply]:
    return lambda request: turns[min(request.turn, len(turns)) - 1]


def run(claude: ClaudeCode, plan: SessionPlan, answer: Callable[[ModelRequest], Reply], **changes: Any) -> Session:
    with ScriptedModel(answer) as model:
        credential = replace(changes.pop("credential", plan.credential), base_url=changes.pop("url", model.url))
        wanted = replace(plan, credential=credential, **changes)
        return claude.run(wanted, on_progress=lambda _: None, should_stop=lambda: None)
