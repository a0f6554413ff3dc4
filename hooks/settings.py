"""How the gate and its companions are wired into Claude Code, and what the cell needs of them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from hooks.static_client import GateClient, find_client

PROGRAMS = ("gate.py", "syntax_check.py", "stop_check.py")
STATIC_CLIENT = "gate_client"
GATE_SECONDS = 10
COMPANION_SECONDS = 30


def settings(control: str, python: str, *, static: bool) -> dict[str, Any]:
    """Claude Code's settings for one session; `control` and `python` are paths as the cell sees them. `static`: the
    gate's static client is in the control folder.

    Only the gate decides: with `onFailure: block` a gate that does not answer refuses. Programs are started
    without a shell, because a path with a blank would break one. With -I and -S the Python client starts fast and
    ignores the environment.
    """
    client = [f"{control}/{STATIC_CLIENT}"] if static else [python, "-I", "-S", f"{control}/gate.py"]
    return {
        "hooks": {
            "PreToolUse": [{"matcher": "*", "hooks": [_gate([*client, control])]}],
            "PostToolUse": [
                {"matcher": "Edit|Write|NotebookEdit", "hooks": [_companion(control, python, "syntax_check.py")]}
            ],
            "Stop": [{"hooks": [_companion(control, python, "stop_check.py")]}],
        }
    }


def _gate(command: list[str]) -> dict[str, Any]:
    return {
        "type": "command",
        "command": command[0],
        "args": command[1:],
        "timeout": GATE_SECONDS,
        "onFailure": "block",
    }


def _companion(control: str, python: str, name: str) -> dict[str, Any]:
    return {"type": "command", "command": python, "args": ["-I", f"{control}/{name}"], "timeout": COMPANION_SECONDS}


def install(control: Path, client: GateClient | None = None) -> bool:
    """Copy what the cell runs into the control folder, which the cell cannot write. Returns whether that includes a
    static client. `client` None: the one beside this file, if it is usable."""
    control.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name in PROGRAMS:
        _copy(Path(__file__).with_name(name), control / name)
    (control / STATIC_CLIENT).unlink(missing_ok=True)
    binary = (client or find_client()).binary
    if binary is None or os.statvfs(control).f_flag & os.ST_NOEXEC:
        return False
    _copy(binary, control / STATIC_CLIENT)
    return True


def _copy(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)
    os.chmod(target, 0o555)  # noqa: PTH101, S103 -- read and run, by every user
