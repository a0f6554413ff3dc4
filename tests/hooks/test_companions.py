"""The gate's companions, run as Claude Code runs them: advice after an edit, a reminder at the end."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hooks.settings import PROGRAMS, STATIC_CLIENT, install, settings
from hooks.static_client import GateClient
from hooks.syntax_check import check_file, keep_placed_errors, keep_syntax_errors


def run(control: Path, name: str, call: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(control / name)],
        input=call if isinstance(call, str) else json.dumps(call),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def control(tmp_path: Path) -> Path:
    install(tmp_path / "control")
    return tmp_path / "control"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "def f(:\n"),
        ("a.json", "{"),
        ("a.toml", "x = ["),
        ("a.yaml", "a: [1\n"),
        ("a.sh", "if true\n"),
    ],
)
def test_a_broken_file_is_complained_of(control: Path, tmp_path: Path, name: str, text: str) -> None:
    """Right after the edit, in words that Claude reads; the edit itself stands."""
    path = tmp_path / name
    path.write_text(text)

    ended = run(control, "syntax_check.py", {"tool_input": {"file_path": str(path)}})

    assert ended.returncode == 2
    assert name in ended.stderr


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", "x = 1\n"),
        ("a.json", "{}"),
        ("tsconfig.json", "// comment\n{}"),
        ("a.toml", "x = 1\n"),
        ("a.yaml", "a: 1\n---\nb: 2\n"),
        ("a.sh", "ls\n"),
        ("a.unknown", "((("),
        ("cfn.yml", "Value: !Ref Bucket\n"),
    ],
)
def test_a_file_that_parses_is_passed_without_a_word(control: Path, tmp_path: Path, name: str, text: str) -> None:
    """So does a file that no checker knows."""
    path = tmp_path / name
    path.write_text(text)

    ended = run(control, "syntax_check.py", {"tool_input": {"file_path": str(path)}})

    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    "call", ["", "null", "{}", '{"tool_input": {"file_path": "/nonexistent.py"}}', '{"tool_input": []}']
)
def test_odd_input_is_no_complaint(control: Path, call: str) -> None:
    """Odd input or a missing file is no reason to interrupt."""
    assert run(control, "syntax_check.py", call).returncode == 0


def test_checking_python_runs_nothing(tmp_path: Path) -> None:
    """A file is compiled, not imported."""
    path = tmp_path / "evil.py"
    path.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")

    assert check_file(path) == ""
    assert not (tmp_path / "ran").exists()


def test_a_session_that_stops_without_its_result_is_reminded_once(control: Path, tmp_path: Path) -> None:
    """The second time it may stop: a hook must not hold a session for ever."""
    transcript = tmp_path / "transcript.jsonl"
    transcript.write_text('{"type":"assistant"}\n')
    call = {"transcript_path": str(transcript), "stop_hook_active": False}

    first, second = (
        run(control, "stop_check.py", call),
        run(control, "stop_check.py", call | {"stop_hook_active": True}),
    )

    assert first.returncode == 2
    assert "StructuredOutput" in first.stderr
    assert second.returncode == 0


def test_a_session_that_delivered_may_stop(control: Path, tmp_path: Path) -> None:
    """The transcript shows the call."""
    transcript = tmp_path / "transcript.jsonl"
    transcript.write_text('{"message":{"content":[{"type":"tool_use","name":"StructuredOutput","input":{}}]}}\n')

    assert run(control, "stop_check.py", {"transcript_path": str(transcript)}).returncode == 0


@pytest.mark.parametrize("call", ["", "null", "{}", '{"transcript_path": "/nonexistent"}'])
def test_an_odd_call_lets_the_session_stop(control: Path, call: str) -> None:
    """The reminder is a courtesy, not a guard."""
    assert run(control, "stop_check.py", call).returncode == 0


CLIENT_COMMANDS = {
    False: ["/usr/bin/python3", "-I", "-S", "/control folder/gate.py", "/control folder"],
    True: ["/control folder/gate_client", "/control folder"],
}


@pytest.mark.parametrize("static", CLIENT_COMMANDS)
def test_the_settings_leave_one_source_of_permission(static: bool) -> None:
    """One gate on every tool, closed when it fails, started without a shell, ignoring the environment."""
    found = settings("/control folder", "/usr/bin/python3", static=static)

    (gate,) = found["hooks"]["PreToolUse"]
    assert gate["matcher"] == "*"
    (hook,) = gate["hooks"]
    assert hook["onFailure"] == "block"
    assert [hook["command"], *hook["args"]] == CLIENT_COMMANDS[static]
    assert json.loads(json.dumps(found)) == found


def test_the_cell_gets_the_programs_and_nothing_else(tmp_path: Path) -> None:
    """Neither policy nor key lies within the agent's reach; a second install replaces the first, and its client too."""
    control, binary = tmp_path / "control", tmp_path / "built"
    binary.write_bytes(b"a client")

    assert install(control, GateClient(binary=binary, says="static"))
    assert {path.name for path in control.iterdir()} == {*PROGRAMS, STATIC_CLIENT}
    assert (control / STATIC_CLIENT).read_bytes() == b"a client"
    assert not install(control, GateClient(binary=None, says="gate.py"))
    assert {path.name for path in control.iterdir()} == set(PROGRAMS)


def test_the_programs_of_the_cell_import_nothing_of_ours(control: Path) -> None:
    """They run where the project is not installed."""
    for name in PROGRAMS:
        text = (control / name).read_text()
        assert "import hooks" not in text
        assert "from hooks" not in text


def test_typescript_is_held_to_its_syntax_only() -> None:
    """Types and imports need the whole project; an editor's word on them would mislead."""
    said = (
        "a.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.\n"
        "a.ts(2,15): error TS2307: Cannot find module './b'.\n"
    )
    assert keep_syntax_errors(said) == ""
    assert "TS1109" in keep_syntax_errors(said + "a.ts(3,1): error TS1109: Expression expected.\n")


def test_a_formatter_that_cannot_run_is_no_complaint_about_the_file() -> None:
    assert keep_placed_errors("error: no default toolchain is configured\n") == ""
    assert keep_placed_errors("error: expected expression, found `;`\n --> <stdin>:1:21\n") != ""
