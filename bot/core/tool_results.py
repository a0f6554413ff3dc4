"""Reads Claude Code's report of a tool's result: whether it ran, and how a command ended."""

from __future__ import annotations

import re
from typing import Any

from bot.core.untrusted import as_dicts, as_str

_EXIT_CODE = re.compile(r"(?:Error: )?Exit code (\d{1,3})\b")


def shows_that_it_did_not_run(meta: dict[str, Any], decision: dict[str, Any], text: str, is_error: bool) -> bool:
    """Refused, or found invalid before anyone was asked. A result that says nothing of it counts as executed."""
    if decision:
        return decision.get("decision") != "accept"
    return bool(meta.get("non_execution_kind")) or (is_error and text.startswith("<tool_use_error>"))


def exit_code(text: str, is_error: bool, report: dict[str, Any]) -> int | None:
    """A command's exit code, None where the stream does not tell."""
    match = _EXIT_CODE.match(text) if is_error else None
    if match:
        return int(match[1])
    # The CLI rewords some codes that are no errors (`grep` that finds nothing) and then hides the figure.
    return 0 if not is_error and "returnCodeInterpretation" not in report else None


def result_text(content: object) -> str:
    """The text of a result."""
    return content if isinstance(content, str) else "\n".join(as_str(block.get("text")) for block in as_dicts(content))
