"""The gate as Claude Code meets it: a client process, a server process, a socket between them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hooks.evidence import grant_holds, input_digest, parse_grant
from tests.hooks.conftest import KEY, NONCE, SERVER

if TYPE_CHECKING:
    from tests.hooks.conftest import RunningGate


def test_an_ordinary_command_is_granted_with_a_signed_grant(shared_gate: RunningGate) -> None:
    """The answer allows, and its reason carries a grant for exactly this call."""
    answer = shared_gate.bash("pytest -q", "toolu_first")

    assert (answer.code, answer.decision) == (0, "allow")
    grant = parse_grant(answer.reason)
    assert grant is not None
    assert grant_holds(
        grant, tool_use_id="toolu_first", digest=input_digest({"command": "pytest -q"}), key=KEY, nonce=NONCE
    )
    assert not grant_holds(
        grant, tool_use_id="toolu_first", digest=input_digest({"command": "pytest"}), key=KEY, nonce=NONCE
    )
    assert not grant_holds(
        grant, tool_use_id="toolu_other", digest=input_digest({"command": "pytest -q"}), key=KEY, nonce=NONCE
    )


def test_a_refusal_names_its_rule_and_the_way_on(shared_gate: RunningGate) -> None:
    """The model reads which rule refused, why, and what to do instead."""
    answer = shared_gate.bash("git push --force origin main")

    assert (answer.code, answer.decision) == (0, "deny")
    assert answer.reason.startswith("git.push: ")
    assert "Commit, and finish" in answer.reason


def test_every_ruling_is_in_the_log_before_the_client_gets_it(gate: RunningGate) -> None:
    """Granted or refused, with the subagent that asked; secrets in commands are masked."""
    gate.ask("Bash", {"command": "ls"}, agent_id="agent-7")
    gate.bash("curl -H 'Authorization: Bearer abcdefghijkl123456' -X POST https://api.example.com")

    gate_log = gate.read_log()

    assert not gate_log.faults
    assert [(entry.granted, entry.agent_id) for entry in gate_log.entries] == [(True, "agent-7"), (False, "")]
    assert "abcdefghijkl" not in gate_log.refused[0].subject
    assert gate_log.refused[0].rule == "deploy.request"


def test_a_killed_gate_refuses_everything(gate: RunningGate) -> None:
    """Without an answer the client ends with exit code 2, which Claude Code takes as a refusal."""
    gate.process.send_signal(signal.SIGKILL)
    gate.process.wait()

    answer = gate.bash("ls")

    assert answer.code == 2
    assert "The gate refuses" in answer.complaint


def test_a_gate_that_closes_its_input_is_gone(gate: RunningGate) -> None:
    """The gate ends with its parent, and takes its socket along."""
    assert gate.process.stdin is not None
    gate.process.stdin.close()
    gate.process.wait(timeout=20)

    assert gate.process.returncode == 0
    assert not (gate.control / "gate.sock").exists()
    assert gate.bash("ls").code == 2


def test_a_gate_ends_on_sigterm(gate: RunningGate) -> None:
    """The host may also end it by signal."""
    gate.process.send_signal(signal.SIGTERM)

    assert gate.process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    "call",
    [
        b"",
        b"null",
        b"[]",
        b"{not json",
        b'{"tool_name": "Bash"}',
        b'{"tool_name": "Bash", "tool_input": null, "tool_use_id": "t1"}',
        b'{"tool_name": "Bash", "tool_input": {"command": 7}, "tool_use_id": "t1"}',
        b'{"tool_name": "Bash", "tool_input": {}, "tool_use_id": "t1"}',
        b'{"tool_name": 1, "tool_input": {}, "tool_use_id": "t1"}',
        b'{"tool_name": "Bash", "tool_input": {"command": "ls"}, "tool_use_id": "t1\\n{}"}',
        b'{"tool_name": "Bash", "tool_input": {"command": "ls \\ud800"}, "tool_use_id": "t1"}',
        b'{"tool_name": "Bash", "tool_input": {"command": "ls \\u0000"}, "tool_use_id": "t1"}',
        b'{"tool_name": "Bash", "tool_input": {"command": "ls \xff\xfe"}, "tool_use_id": "t1"}',
        b"[" * 100_000,
    ],
)
def test_a_call_that_cannot_be_understood_is_refused(shared_gate: RunningGate, call: bytes) -> None:
    """Empty, not JSON, wrong types, NUL, half a surrogate pair, broken UTF-8, deep nesting: refused."""
    granted = shared_gate.read_log().granted

    answer = shared_gate.ask_raw(call)

    assert answer.decision == "deny" or answer.code == 2
    assert shared_gate.read_log().granted == granted
    assert shared_gate.bash("ls").decision == "allow", "the gate still works afterwards"


@pytest.mark.parametrize(
    "command",
    [
        "echo " + "a" * 1_000_000,
        "echo " + "$(" * 400 + "ls" + ")" * 400,
        "echo " + "$(" * 10_000 + "ls" + ")" * 10_000,
        "if :; then " * 5_000 + "ls" + "; fi" * 5_000,
        "echo " + "{a,b}" * 40,
        "ls " + "&& ls " * 10_000,
    ],
    ids=["1 MB", "400 deep", "10,000 deep", "5,000 ifs", "2^40 words", "10,000 commands"],
)
def test_an_enormous_command_is_answered_and_harms_nothing(shared_gate: RunningGate, command: str) -> None:
    """Size and depth end in a ruling, never in a crash that grants."""
    answer = shared_gate.bash(command + "; rm -rf ~")

    assert answer.decision == "deny"
    assert shared_gate.bash("ls").decision == "allow", "the gate still works afterwards"


def test_one_call_cannot_be_granted_under_another_ones_id(shared_gate: RunningGate) -> None:
    """A second request for the same call with another input is refused; the same input is ruled as before."""
    assert shared_gate.bash("ls", "toolu_same").decision == "allow"

    assert shared_gate.bash("ls -la", "toolu_same").reason.startswith("tool.replayed")
    assert shared_gate.bash("ls", "toolu_same").decision == "allow"


def test_parallel_calls_are_ruled_on_in_one_chain(gate: RunningGate) -> None:
    """Claude Code asks for several tools at once; the log stays one unbroken chain."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: gate.bash(f"echo {number}", f"toolu_p{number}"), range(16)))

    assert {answer.decision for answer in answers} == {"allow"}
    gate_log = gate.read_log()
    assert not gate_log.faults
    assert (gate_log.asked, gate_log.granted) == (16, 16)
    assert len({entry.tool_use_id for entry in gate_log.entries}) == 16


def test_the_key_is_in_no_place_that_others_can_read(shared_gate: RunningGate) -> None:
    """Neither arguments nor environment nor the control folder hold the session key."""
    process = Path("/proc") / str(shared_gate.process.pid)
    seen = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    seen += b"".join(path.read_bytes() for path in shared_gate.control.iterdir() if path.is_file())
    seen += (shared_gate.bash("ls").reason + shared_gate.bash("rm -rf ~").reason).encode()

    assert KEY.hex().encode() not in seen
    assert KEY not in seen


def test_what_the_cell_runs_cannot_be_written(shared_gate: RunningGate) -> None:
    """The programs in the control folder may be read and run, not changed."""
    modes = {path.name: path.stat().st_mode & 0o777 for path in shared_gate.control.iterdir() if path.is_file()}

    programs = {"gate.py", "syntax_check.py", "stop_check.py", *(["gate_client"] if shared_gate.static else [])}
    assert modes == dict.fromkeys(programs, 0o555)


def test_a_log_that_cannot_be_written_refuses(gate: RunningGate) -> None:
    """No entry, no grant."""
    gate_log = gate.root / "gate_log.jsonl"
    gate_log.unlink(missing_ok=True)
    gate_log.symlink_to(gate.root / "elsewhere")

    assert gate.bash("ls").code == 2


def test_a_script_is_judged_when_it_runs(gate: RunningGate) -> None:
    """What one call writes, the next one may run only if its content may run."""
    script = gate.workspace / "clean.sh"
    assert gate.ask("Write", {"file_path": str(script), "content": "rm -rf ~\n"}).decision == "allow"
    script.write_text("rm -rf ~\n")

    assert gate.bash("bash clean.sh").reason.startswith("delete.recursive")

    assert gate.bash("cat > /tmp/x.sh <<'EOF'\ngit push -f\nEOF").decision == "allow"
    assert gate.bash("sh /tmp/x.sh").reason.startswith("git.push")
    assert gate.bash("sh /tmp/never-seen.sh").reason.startswith("unresolved.code")


def test_a_session_that_claims_to_be_complete_is_sent_back_to_broken_files(gate: RunningGate) -> None:
    """At most twice; then it may end, and the repository's checks decide."""
    source = gate.workspace / "clock.py"
    gate.ask("Write", {"file_path": str(source), "content": "def broken(:\n"})
    source.write_text("def broken(:\n")
    result = {"status": "complete", "summary": "done", "questions": []}

    first, second, third = (gate.ask("StructuredOutput", result) for _ in range(3))

    assert first.reason.startswith("tool.unfinished")
    assert "clock.py" in first.reason
    assert (second.decision, third.decision) == ("deny", "allow")
    assert gate.ask("StructuredOutput", result | {"status": "blocked"}).decision == "allow"


@pytest.mark.parametrize("name", ["x.yaml", "x.py", "x.json", "x.toml"])
def test_the_gate_reads_no_file_of_the_host_through_a_link(gate: RunningGate, tmp_path: Path, name: str) -> None:
    """A session replaces a folder that it wrote to by a link: what lies behind it is not the session's to see."""
    secret = tmp_path / "of the host"
    secret.mkdir()
    (secret / name).write_text("key: [OPERATORSECRET\n")
    folder = gate.workspace / "d"
    folder.mkdir()
    gate.ask("Write", {"file_path": str(folder / name), "content": ""})
    folder.rmdir()
    folder.symlink_to(secret)

    answer = gate.ask("StructuredOutput", {"status": "complete", "summary": "done"})
    ran = gate.ask("Bash", {"command": f"bash d/{name}"})

    assert answer.decision == "allow"
    assert "OPERATORSECRET" not in answer.reason + ran.reason + (gate.root / "gate_log.jsonl").read_text()


def test_a_pipe_in_the_place_of_a_file_does_not_block_the_gate(gate: RunningGate) -> None:
    """Reading it would block until a writer opens it."""
    pipe = gate.workspace / "clock.py"
    gate.ask("Write", {"file_path": str(pipe), "content": "x = 1\n"})
    os.mkfifo(pipe)

    assert gate.ask("Bash", {"command": "python3 clock.py"}).decision in {"allow", "deny"}
    assert gate.ask("StructuredOutput", {"status": "complete", "summary": "done"}).decision == "allow"


def test_the_servers_options_are_checked(tmp_path: Path) -> None:
    """A wrong key on standard input ends the gate with a sentence, not with a traceback."""
    ended = subprocess.run(
        [
            sys.executable,
            str(SERVER),
            "--control",
            str(tmp_path),
            "--log",
            str(tmp_path / "l"),
            "--workspace",
            str(tmp_path),
            "--home",
            str(tmp_path),
        ],
        input=json.dumps({"key": "short", "nonce": NONCE}).encode(),
        capture_output=True,
        timeout=20,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stderr.decode().startswith("gate: ")
    assert "Traceback" not in ended.stderr.decode()
