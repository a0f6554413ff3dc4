"""The real CLI with each of the gate's clients: what is granted runs, what is refused does not, and without a client
that works nothing runs any more."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.adapters.claude import ClaudeCode, Session, SessionPlan
from bot.adapters.claude.command import SETTINGS
from bot.adapters.claude.gate import gate_settings
from bot.adapters.scripted_model import ModelRequest, Reply, ToolUse, UseTools
from hooks.settings import STATIC_CLIENT
from hooks.static_client import find_client

Play = Callable[..., Session]
DONE = UseTools((ToolUse("StructuredOutput", {"status": "complete", "summary": "ok"}),))
TURNS = 4


def bash(command: str) -> UseTools:
    return UseTools((ToolUse("Bash", {"command": command, "description": "a step"}),))


@pytest.fixture(params=[pytest.param(STATIC_CLIENT, marks=pytest.mark.needs("cc")), "gate.py"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def claude(claude: ClaudeCode, name: str, plan: SessionPlan, tmp_path: Path) -> ClaudeCode:
    """The real CLI; for `gate.py` behind a script that gives it the settings of a machine without a static client."""
    if name == STATIC_CLIENT:
        assert find_client().binary is not None, find_client().says
        return claude
    wanted = tmp_path / SETTINGS
    wanted.write_text(json.dumps(gate_settings(plan.control, static=False)))
    program = tmp_path / "claude"
    program.write_text(f"#!/bin/sh\ncp '{wanted}' '{plan.control / SETTINGS}'\nexec '{claude.binary}' \"$@\"\n")
    program.chmod(0o755)
    return ClaudeCode(program)


@pytest.fixture
def client(name: str, plan: SessionPlan) -> Path:
    """The program in the control folder that the session's hook starts."""
    return plan.control / name


def steps_until(breaks: Callable[[], None]) -> Callable[[ModelRequest], Reply]:
    """Each turn makes a file; before the second one this happens."""

    def answer(request: ModelRequest) -> Reply:
        if request.turn == 2:
            breaks()
        return bash(f"touch turn-{request.turn}") if request.turn < TURNS else DONE

    return answer


def made(plan: SessionPlan) -> set[str]:
    return {path.name for path in plan.workspace.glob("turn-*")}


def test_the_hook_of_the_session_is_this_client(client: Path, plan: SessionPlan, play: Play) -> None:
    """Otherwise the tests below would show nothing of it."""
    play(bash("true"))

    (hook,) = json.loads((plan.control / SETTINGS).read_text())["hooks"]["PreToolUse"][0]["hooks"]
    assert str(client) in (hook["command"], *hook["args"])


def test_a_grant_runs_and_a_refusal_does_not(client: Path, plan: SessionPlan, play: Play) -> None:
    session = play(bash("touch turn-1"), bash("git push --force origin main; touch turn-2"), bash("touch turn-3"))

    assert made(plan) == {"turn-1", "turn-3"}
    assert session.proof.ok, session.proof.missing


def test_without_a_gate_nothing_runs(client: Path, plan: SessionPlan, play: Play) -> None:
    def kill_gate() -> None:
        (gate,) = [child for child in psutil.Process().children() if "gate_server.py" in " ".join(child.cmdline())]
        gate.kill()
        psutil.wait_procs([gate], timeout=20)

    session = play(answer=steps_until(kill_gate), max_turns=TURNS + 2)

    assert made(plan) == {"turn-1"}
    assert not session.proof.ok


def replace_client(path: Path, content: bytes | None, mode: int) -> None:
    path.unlink()
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)


BROKEN: dict[str, tuple[bytes | None, int]] = {
    "missing": (None, 0),
    "not executable": (b"", 0o444),
    "empty": (b"", 0o555),
    "no program": (b"\x7fELF nothing", 0o555),
    "one that says nothing": (b"#!/bin/sh\nexit 0\n", 0o555),
    "one that fails": (b"#!/bin/sh\nexit 1\n", 0o555),
    "one that is killed": (b"#!/bin/sh\nkill -9 $$\n", 0o555),
    "one that says something else": (b"#!/bin/sh\necho yes\n", 0o555),
}


@pytest.mark.parametrize(("content", "mode"), BROKEN.values(), ids=BROKEN)
def test_without_a_client_that_works_nothing_runs(
    client: Path, plan: SessionPlan, play: Play, content: bytes | None, mode: int
) -> None:
    """Were it removed or replaced amid a session: what it does not grant is denied."""
    session = play(answer=steps_until(lambda: replace_client(client, content, mode)), max_turns=TURNS + 2)

    assert made(plan) == {"turn-1"}
    assert session.result.failure is not None or not session.proof.ok


def test_a_client_that_grants_by_itself_proves_nothing(client: Path, plan: SessionPlan, play: Play) -> None:
    """One that another program put in its place: what it lets run carries no grant."""
    allow = '{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}'
    script = f"#!/bin/sh\necho '{allow}'\n" if client.name == STATIC_CLIENT else f"print('{allow}')\n"

    session = play(answer=steps_until(lambda: replace_client(client, script.encode(), 0o555)), max_turns=TURNS + 2)

    assert made(plan) == {"turn-1", "turn-2", "turn-3"}
    assert not session.proof.ok
