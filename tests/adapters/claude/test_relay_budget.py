"""Relay and Claude Code count the same turns and costs, and the budget holds for a session that does not count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.claude import ClaudeCode, SessionPlan
from bot.adapters.scripted_model import SayText, ScriptedModel, UseTools
from bot.core.failures import FailureKind
from tests.adapters.claude.answers import DONE, bash, in_turn, run


class Metered(ScriptedModel):
    """Tells usage of all kinds."""

    def message(self, body: Mapping[str, Any], reply: SayText | UseTools) -> dict[str, Any]:
        made = super().message(body, reply)
        hour = {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 500}
        made["usage"] |= {
            "cache_creation_input_tokens": 1500,
            "cache_read_input_tokens": 90_000,
            "cache_creation": hour,
        }
        return made


@pytest.mark.parametrize(
    "model", ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5", "claude-opus-4-5", "claude-fable-5-2"]
)
def test_relay_and_claude_code_reckon_alike(claude: ClaudeCode, plan: SessionPlan, model: str) -> None:
    """For every model that both know: the price list is the CLI's own."""
    with Metered(in_turn(bash("echo one"), DONE)) as api:
        session = run(claude, plan, in_turn(DONE), url=api.url, model=model)

    (told,) = [
        json.loads(line)["total_cost_usd"]
        for line in plan.transcript.read_text().splitlines()
        if json.loads(line)["type"] == "result"
    ]
    assert session.proof.missing == ()
    assert session.result.cost_usd == pytest.approx(told)
    assert told > 0


def test_the_budget_ends_a_session_that_does_not_count(claude: ClaudeCode, plan: SessionPlan, tmp_path: Path) -> None:
    """A CLI that was made to believe that it may spend more."""
    program = tmp_path / "claude"
    program.write_text(f'#!/bin/bash\nset -- "${{@/#0.01/5}}"\nexec "{claude.binary}" "$@"\n')
    program.chmod(0o755)

    session = run(ClaudeCode(program), plan, lambda request: bash(f"echo {request.turn}"), budget_usd=0.01, max_turns=9)

    assert session.result.failure is FailureKind.BUDGET_EXHAUSTED
    assert "of the $0.01 it may" in session.result.detail
    assert session.result.turns == 2
    assert session.proof.missing == ()
