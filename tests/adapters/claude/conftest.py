"""The real Claude Code CLI, and a plan for a session that a scripted model answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pytest

from bot.adapters.claude import ClaudeCode, Credential, Session, SessionPlan, find_claude
from bot.adapters.sandbox import NoSandbox
from bot.adapters.sandbox_support import find_sandbox
from bot.adapters.scripted_model import ModelRequest, Reply, ScriptedModel, ToolUse, UseTools
from bot.bench.session import scripted_plan
from bot.core.failures import FailureKind
from bot.core.session import SessionProgress

DONE = UseTools((ToolUse("StructuredOutput", {"status": "complete", "summary": "All done."}),))


class Play(Protocol):
    """Run a session: its turns in order (or a function of the request), then completion. The rest changes the plan."""

    def __call__(
        self,
        *turns: Reply,
        answer: Callable[[ModelRequest], Reply] | None = None,
        should_stop: Callable[[], FailureKind | None] = ...,
        **changes: Any,
    ) -> Session: ...


@pytest.fixture(scope="session")
def claude() -> ClaudeCode:
    return ClaudeCode(find_claude(None))


@pytest.fixture
def plan(tmp_path: Path) -> SessionPlan:
    """Without a sandbox, so that it runs everywhere."""
    (tmp_path / "workspace").mkdir()
    return replace(
        scripted_plan(tmp_path, None, NoSandbox()),
        prompt="Fix the clock.",
        system_prompt="Be careful.",
        max_turns=10,
        budget_usd=5,
        credential=Credential(api_key="sk-test"),
        author_email="bot@example.com",
    )


@pytest.fixture(params=["none", pytest.param("bubblewrap", marks=pytest.mark.needs("bwrap"))])
def any_sandbox_plan(request: pytest.FixtureRequest, plan: SessionPlan) -> SessionPlan:
    """The same session in a cell and without one."""
    return replace(plan, sandbox=NoSandbox() if request.param == "none" else find_sandbox(required=True))


@pytest.fixture
def seen() -> list[ModelRequest]:
    """What the model was asked, in order."""
    return []


@pytest.fixture
def steps() -> list[SessionProgress]:
    """The progress that was reported."""
    return []


@pytest.fixture
def play(claude: ClaudeCode, plan: SessionPlan, seen: list[ModelRequest], steps: list[SessionProgress]) -> Play:
    def run(
        *turns: Reply,
        answer: Callable[[ModelRequest], Reply] | None = None,
        should_stop: Callable[[], FailureKind | None] = lambda: None,
        base: SessionPlan = plan,
        **changes: Any,
    ) -> Session:
        def in_turn(request: ModelRequest) -> Reply:
            seen.append(request)
            if answer is not None:
                return answer(request)
            return turns[request.turn - 1] if request.turn <= len(turns) else DONE

        with ScriptedModel(in_turn) as model:
            credential = replace(changes.pop("credential", base.credential), base_url=model.url)
            wanted = replace(base, credential=credential, **changes)
            return claude.run(wanted, on_progress=steps.append, should_stop=should_stop)

    return run
