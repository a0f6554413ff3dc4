"""How long a session's command may run: what its repository says, and never longer than the session may be silent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.adapters.claude import SessionPlan
from bot.adapters.claude.command import environment, stall_seconds


@pytest.mark.parametrize(
    ("minutes", "stall_minutes", "longest", "usual"),
    [
        (10, 15, 600, 180),
        (2, 15, 120, 120),
        (30, 15, 1800, 1800),
        (10, 1, 40, 40),
        (45, 60, 2700, 2700),
    ],
)
def test_a_repository_limits_the_commands_of_its_sessions(
    plan: SessionPlan, minutes: float, stall_minutes: float, longest: int, usual: int
) -> None:
    """Where it allows more than Claude Code does, the session may be silent as long; no other is."""
    stall = stall_seconds(stall_minutes * 60, minutes * 60)
    given = environment(replace(plan, stall_seconds=stall, command_seconds=minutes * 60))

    assert (given["BASH_MAX_TIMEOUT_MS"], given["BASH_DEFAULT_TIMEOUT_MS"]) == (f"{longest}000", f"{usual}000")
    assert stall >= longest
