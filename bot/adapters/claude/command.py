"""The CLI's arguments and environment: both built from nothing, and no secret in either.

The flags are two locks that do not depend on each other: the hook must grant each call (`--settings`, closed when it
fails), and without its grant the mode denies (`dontAsk`). `--restricted` keeps the workspace's and the user's own
settings out: with `--setting-sources user`, a session that wrote `disableAllHooks` into its HOME's settings was without
hooks from then on. What this module says of Claude Code was measured with 2.1.330.
"""

from __future__ import annotations

import json
from pathlib import Path

from bot.adapters.claude.plan import SessionPlan
from bot.adapters.commands import PLAIN_SHELL
from bot.adapters.egress import proxy_variables
from bot.adapters.sandbox import SHELL
from bot.core.session import COMPLETION_SCHEMA

TOOLS = "Bash,Edit,Write,Read,Glob,Grep"
SETTINGS = "settings.json"
SYSTEM_PROMPT = "system-prompt.md"
_API_TIMEOUT_SECONDS = 300.0
_USUAL_SHELL_SECONDS = 180.0  # of a command for which the model asks for no limit
_CLI_SHELL_SECONDS = 600.0  # the CLI's own greatest limit: a repository that needs more says so
_MARGIN_SECONDS = 20.0


def arguments(plan: SessionPlan, binary: Path, session_id: str) -> list[str]:
    """The command line. The prompt comes over stdin: it may have 65,536 characters, and any user can read `ps`."""
    return [
        str(binary),
        *("-p", "--output-format", "stream-json", "--verbose", "--include-hook-events"),
        *("--input-format", "stream-json", "--replay-user-messages"),
        *("--restricted", "--permission-mode", "dontAsk", "--tools", TOOLS, "--strict-mcp-config"),
        *("--settings", str(plan.control / SETTINGS)),
        # A restricted session does not load the repository's CLAUDE.md: the runner puts it into this prompt.
        *("--append-system-prompt-file", str(plan.control / SYSTEM_PROMPT)),
        *("--json-schema", json.dumps(COMPLETION_SCHEMA)),
        *("--max-turns", str(plan.max_turns), "--max-budget-usd", f"{plan.budget_usd:g}"),
        *(("--model", plan.model) if plan.model else ()),
        *(("--resume", plan.resume) if plan.resume else ("--session-id", session_id)),
    ]


def environment(plan: SessionPlan) -> dict[str, str]:
    """All that Claude Code inherits, and its commands where they have no separate cells."""
    base_url = plan.credential.base_url
    return {
        **(_in_a_cell(plan) if plan.sandbox.confines else _without_cells(plan)),
        **_limits(plan.stall_seconds, plan.command_seconds),
        # A background command would keep the session open until its own time limit (605 s were seen).
        "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
        # `@path` in an issue's text would be read into the prompt without asking the gate.
        "CLAUDE_CODE_DISABLE_FILE_MENTIONS": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "DISABLE_AUTOUPDATER": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_TELEMETRY": "1",
        **({"ANTHROPIC_BASE_URL": base_url} if base_url else {}),
    }


def command_environment(plan: SessionPlan) -> dict[str, str]:
    """All that the session's commands inherit."""
    return {
        **plan.variables,
        **(plan.services.variables if plan.sandbox.confines else {}),
        "PATH": ":".join((*plan.environment.path, *plan.path, *plan.environment.path_after)),
        "HOME": str(plan.home),
        "LANG": "C.UTF-8",
        "TMPDIR": str(plan.temporary),
        "TERM": "dumb",
        "GIT_EDITOR": "true",
        "GIT_TERMINAL_PROMPT": "0",
        **_identity(plan),
        **plan.environment.variables,
        **({**plan.outside.variables(), **proxy_variables(plan.outside)} if plan.sandbox.confines else {}),
    }


def _in_a_cell(plan: SessionPlan) -> dict[str, str]:
    """No PATH: Claude Code would run the git that it finds, on a repository that the session's commands can write."""
    return {
        "PATH": "/nonexistent",
        "SHELL": "/bin/bash",
        "HOME": str(plan.claude_home),
        "LANG": "C.UTF-8",
        "TMPDIR": str(plan.claude_home / "tmp"),
        "TERM": "dumb",
        "CLAUDE_CODE_SHELL_PREFIX": SHELL,  # it gets each shell command as one argument; hooks do not pass through it
    }


def _without_cells(plan: SessionPlan) -> dict[str, str]:
    """A program beside the settings starts each command as the command server does in a cell."""
    return command_environment(plan) | {"CLAUDE_CODE_SHELL_PREFIX": str(plan.control / PLAIN_SHELL)}


def _identity(plan: SessionPlan) -> dict[str, str]:
    roles = ("AUTHOR", "COMMITTER")
    names = {f"GIT_{role}_NAME": plan.author_name for role in roles}
    return names | {f"GIT_{role}_EMAIL": plan.author_email for role in roles}


def stall_seconds(usual: float, command_seconds: float) -> float:
    """How long a session may be silent: at least as long as one of its commands may run."""
    return max(usual, command_seconds + _MARGIN_SECONDS) if command_seconds > _CLI_SHELL_SECONDS else usual


def _limits(stall_seconds: float, command_seconds: float) -> dict[str, str]:
    """A slow request and a slow command end before the watchdog counts their silence as a stall. Where a repository
    allows its commands more than the CLI does, so do those for which the model asks for no limit."""
    longest_wait = max(stall_seconds - _MARGIN_SECONDS, 1.0)
    without = command_seconds if command_seconds > _CLI_SHELL_SECONDS else min(_USUAL_SHELL_SECONDS, command_seconds)
    longest, usual = (_milliseconds(min(limit, longest_wait)) for limit in (command_seconds, without))
    return {
        "API_TIMEOUT_MS": _milliseconds(min(_API_TIMEOUT_SECONDS, longest_wait)),
        "BASH_MAX_TIMEOUT_MS": longest,
        "BASH_DEFAULT_TIMEOUT_MS": usual,
        "CLAUDE_CODE_MAX_RETRIES": "3",  # else ten, three minutes in all, also for a key that was refused
    }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))
