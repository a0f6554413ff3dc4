"""Finding the CLI, and what a wrong one gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.adapters.claude import ClaudeCode, Credential, find_claude
from bot.adapters.claude.code import OLDEST
from bot.core.failures import FailureKind, TaskFailed


def program(folder: Path, says: str) -> Path:
    path = folder / "claude"
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return path


def test_the_pinned_cli_is_found_and_new_enough() -> None:
    """It comes with the project; its version is the one whose behaviour was measured."""
    assert ClaudeCode(find_claude(None)).version() == ".".join(map(str, OLDEST))


def test_a_configured_program_comes_first(tmp_path: Path) -> None:
    """And one that is not there is named with the setting to correct."""
    configured = program(tmp_path, "echo 3.0.1")

    assert ClaudeCode(find_claude(configured)).version() == "3.0.1"
    with pytest.raises(TaskFailed, match="correct CLAUDE_BIN") as failed:
        find_claude(tmp_path / "nowhere")
    assert failed.value.kind == FailureKind.SETUP_FAILED


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("echo '2.1.329 (Claude Code)'", "2.1.330 or newer is needed"),
        ("echo 1.99.999", "2.1.330 or newer is needed"),
        ("echo hello", "gave no version: hello"),
        ("echo 'not for this machine' >&2; exit 126", "not for this machine"),
        ("exit 3", "exit code 3"),
    ],
)
def test_a_wrong_program_is_refused_with_what_it_said(says: str, told: str, tmp_path: Path) -> None:
    """An older one may not know that a hook is to fail closed."""
    with pytest.raises(TaskFailed, match=told) as failed:
        ClaudeCode(program(tmp_path, says)).version()

    assert failed.value.kind == FailureKind.SETUP_FAILED


def test_a_credential_does_not_show_itself() -> None:
    """Not in a log, not in a traceback."""
    shown = repr(Credential(api_key="sk-1", oauth_token="oat-1", base_url="http://x")) + f"{Credential(api_key='sk-1')}"

    assert "sk-1" not in shown
    assert "oat-1" not in shown
    assert "http://x" in shown
