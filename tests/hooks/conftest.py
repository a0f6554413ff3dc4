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

from hooks.build_client import FLAGS, build
from hooks.evidence import VerifiedLog, verify
from hooks.policy import Context
from hooks.settings import install, settings
from hooks.static_client import GateClient

KEY = bytes(7 * number % 251 for number in range(1, 33))  # such as no table of a program holds
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
    static: bool = False
    calls: int = field(default=0)

    @property
    def control(self) -> Path:
        return self.root / "control"

    @property
    def workspace(self) -> Path:
        return self.root / "workspace"

    def ask_raw(self, call: bytes, control: Path | None = None) -> Answer:
        ended = subprocess.run(
            [*client_command(self.control, static=self.static), str(control or self.control)],
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
        written = self.root / "gate_log.jsonl"
        return verify(written.read_bytes() if written.exists() else b"", KEY, NONCE)


def client_command(control: Path, *, static: bool) -> list[str]:
    """What Claude Code would start, without the control folder at its end."""
    (hook,) = settings(str(control), sys.executable, static=static)["hooks"]["PreToolUse"][0]["hooks"]
    return [hook["command"], *hook["args"][:-1]]


SANITIZED = ("-std=gnu11", "-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
CLIENTS = {"static": (*FLAGS, "-Werror"), "sanitized": SANITIZED}


@pytest.fixture(
    scope="session",
    params=["gate.py", *(pytest.param(name, marks=pytest.mark.needs("cc")) for name in CLIENTS)],
)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> GateClient:
    """Each client that a session may have: the Python one, the static one, and that built to report wrong accesses."""
    if request.param not in CLIENTS:
        return GateClient(binary=None, says="gate.py")
    binary = tmp_path_factory.mktemp("client") / "gate_client"
    assert build(["cc"], binary, CLIENTS[request.param]) == ""
    return GateClient(binary=binary, says=request.param)


@pytest.fixture
def gate(tmp_path: Path, client: GateClient) -> Iterator[RunningGate]:
    """A separate gate with an empty log, for a test that ends it or reads its whole log."""
    with running_gate(tmp_path, client) as started:
        yield started


@pytest.fixture(scope="module")
def shared_gate(tmp_path_factory: pytest.TempPathFactory, client: GateClient) -> Iterator[RunningGate]:
    """One gate for all tests of a module, which ask it and leave it as it was; starting one takes half a second."""
    with running_gate(tmp_path_factory.mktemp("shared"), client) as started:
        yield started


@contextmanager
def running_gate(folder: Path, client: GateClient) -> Iterator[RunningGate]:
    places = {name: folder / name for name in ("control", "workspace", "home")}
    for place in places.values():
        place.mkdir()
    static = install(folder / "control", client)
    places["log"] = folder / "gate_log.jsonl"
    options = [part for name, path in places.items() for part in (f"--{name}", str(path))]
    process = subprocess.Popen([sys.executable, str(SERVER), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"key": KEY.hex(), "nonce": NONCE}).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"ready\n"
    yield RunningGate(root=folder, process=process, static=static)
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
