"""A real gate process with a real client, as a session has them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hooks.evidence import VerifiedLog, verify
from hooks.policy import Context
from hooks.settings import install

KEY = bytes(range(32))
NONCE = "nonce-of-this-session"
SERVER = Path(__file__).parents[2] / "hooks" / "gate_server.py"
SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What Claude Code would see of one hook call."""

    code: int
    decision: str
    reason: str
    complaint: str


@dataclass(slots=True, kw_only=True)
class RunningGate:
    """A session's gate, its folders, and the client that Claude Code would start."""

    root: Path
    process: subprocess.Popen[bytes]
    calls: int = field(default=0)

    @property
    def control(self) -> Path:
        return self.root / "control"

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    def ask_raw(self, call: bytes, control: Path | None = None) -> Answer:
        folder = control or self.control
        ended = subprocess.run(
            [sys.executable, "-I", "-S", str(self.control / "gate.py"), str(folder)],
            input=call,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        said = json.loads(ended.stdout)["hookSpecificOutput"] if ended.stdout else {}
        return Answer(
            code=ended.returncode,
            decision=said.get("permissionDecision", ""),
            reason=said.get("permissionDecisionReason", ""),
            complaint=ended.stderr.decode(),
        )

    def ask(self, tool: str, tool_input: object, tool_use_id: str = "", **more: Any) -> Answer:
        self.calls += 1
        identity = tool_use_id or f"toolu_{self.calls}"
        call = {"tool_name": tool, "tool_input": tool_input, "tool_use_id": identity, "hook_event_name": "PreToolUse"}
        return self.ask_raw(json.dumps(call | more).encode())

    def bash(self, command: str, tool_use_id: str = "") -> Answer:
        return self.ask("Bash", {"command": command}, tool_use_id)

    def read_log(self) -> VerifiedLog:
        return verify((self.root / "gate_log.jsonl").read_bytes(), KEY, NONCE)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[RunningGate]:
    """A separate gate with an empty log, for a test that ends it or reads its whole log."""
    with running_gate(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def shared_gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGate]:
    """One gate for all tests of a module, which ask it and leave it as it was; starting one takes half a second."""
    with running_gate(tmp_path_factory.mktemp("shared")) as started:
        yield started


@contextmanager
def running_gate(folder: Path) -> Iterator[RunningGate]:
    places = {name: folder / name for name in ("control", "workspace", "home")}
    for place in places.values():
        place.mkdir()
    install(folder / "control")
    places["log"] = folder / "gate_log.jsonl"
    options = [part for name, path in places.items() for part in (f"--{name}", str(path))]
    process = subprocess.Popen([sys.executable, str(SERVER), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"key": KEY.hex(), "nonce": NONCE}).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"ready\n"
    yield RunningGate(root=folder, process=process)
    process.stdin.close()
    process.wait(timeout=SECONDS)
    process.stdout.close()


@pytest.fixture(scope="module")
def shared_context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """An empty workspace for all tests of a module, none of which writes to it; a home that does not exist."""
    return Context(workspace=tmp_path_factory.mktemp("workspace"), home=Path("/home/agent"))


@pytest.fixture
def a_context(tmp_path: Path) -> Context:
    """An empty workspace and a home beside it."""
    for folder in ("workspace", "home"):
        (tmp_path / folder).mkdir(exist_ok=True)
    return Context(workspace=tmp_path / "workspace", home=tmp_path / "home")
