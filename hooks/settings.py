"""How the gate and its companions are wired into Claude Code, and what the cell needs of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

PROGRAMS = ("gate.py", "syntax_check.py", "stop_check.py")
GATE_SECONDS = 10
COMPANION_SECONDS = 30


def settings(control: str, python: str) -> dict[str, Any]:
    """Claude Code's settings for one session; `control` and `python` are paths as the cell sees them.

    Only the gate decides: with `onFailure: block` a gate that does not answer refuses. Programs are started
    without a shell, because a path with a blank would break one. With -I and -S the client starts fast and ignores the
    environment.
    """
    return {
        "hooks": {
            "PreToolUse": [{"matcher": "*", "hooks": [_gate(control, python)]}],
            "PostToolUse": [
                {"matcher": "Edit|Write|NotebookEdit", "hooks": [_companion(control, python, "syntax_check.py")]}
            ],
            "Stop": [{"hooks": [_companion(control, python, "stop_check.py")]}],
        }
    }


def _gate(control: str, python: str) -> dict[str, Any]:
    return {
        "type": "command",
        "command": python,
        "args": ["-I", "-S", f"{control}/gate.py", control],
        "timeout": GATE_SECONDS,
        "onFailure": "block",
    }


def _companion(control: str, python: str, name: str) -> dict[str, Any]:
    return {"type": "command", "command": python, "args": ["-I", f"{control}/{name}"], "timeout": COMPANION_SECONDS}


def install(control: Path) -> None:
    """Copy what the cell runs into the control folder, which the cell cannot write."""
    control.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name in PROGRAMS:
        target = control / name
        target.unlink(missing_ok=True)
        shutil.copyfile(Path(__file__).with_name(name), target)
        os.chmod(target, 0o555)  # noqa: PTH101, S103 -- read and run, by every user
