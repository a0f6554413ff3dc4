"""Running the real Claude Code CLI, guarded."""

from __future__ import annotations

from bot.adapters.claude.code import ClaudeCode, find_claude
from bot.adapters.claude.plan import Credential, Session, SessionPlan

__all__ = ["ClaudeCode", "Credential", "Session", "SessionPlan", "find_claude"]
