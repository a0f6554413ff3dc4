"""The log proves what the gate ruled: a changed, dropped or reordered line is found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hooks.evidence import grant_holds, input_digest, mask, parse_grant, verify, write_grant
from hooks.gate_log import GateLog, LoggedCall
from hooks.policy import Ruling

KEY, NONCE = b"k" * 32, "nonce-1"
GRANTED = Ruling(granted=True, rule="granted", reason="no rule refuses it", trace=("ls",))
REFUSED = Ruling(granted=False, rule="git.push", reason="nothing is pushed", subject="git push")


@pytest.fixture
def gate_log(tmp_path: Path) -> bytes:
    """Three rulings: two granted, one refused."""
    writer = GateLog(path=tmp_path / "gate_log.jsonl", key=KEY, nonce=NONCE)
    for number, ruling in enumerate((GRANTED, REFUSED, GRANTED)):
        writer.record(LoggedCall(tool_use_id=f"toolu_{number}", tool="Bash", agent_id="", digest="d" * 64), ruling)
    return (tmp_path / "gate_log.jsonl").read_bytes()


def test_a_whole_log_is_sound_and_counted(gate_log: bytes) -> None:
    """Asked, granted, refused, and what was refused by which rule."""
    found = verify(gate_log, KEY, NONCE)

    assert not found.faults
    assert (found.asked, found.granted) == (3, 2)
    assert [(entry.rule, entry.subject) for entry in found.refused] == [("git.push", "git push")]
    assert {entry.tool_use_id for entry in found.entries if entry.granted} == {"toolu_0", "toolu_2"}


def test_a_changed_line_is_found(gate_log: bytes) -> None:
    """A refusal that became a grant afterwards has no signature."""
    forged = gate_log.replace(b'"granted":false', b'"granted":true')

    assert "line 2 is not signed by this session" in verify(forged, KEY, NONCE).faults


def test_a_dropped_line_is_found(gate_log: bytes) -> None:
    """The next line names the one that is missing."""
    first, _, third = gate_log.splitlines(keepends=True)

    assert "line 2 does not follow the line before it" in verify(first + third, KEY, NONCE).faults


def test_reordered_lines_are_found(gate_log: bytes) -> None:
    """Numbers and hashes give the order."""
    first, second, third = gate_log.splitlines(keepends=True)

    assert "line 1 has number 2" in verify(second + first + third, KEY, NONCE).faults


def test_a_cut_log_is_found_by_its_last_line(gate_log: bytes) -> None:
    """In the middle of a line at once; between lines by the head that was reported."""
    head = verify(gate_log, KEY, NONCE).head
    shorter = b"".join(gate_log.splitlines(keepends=True)[:2])

    assert "line 3 is cut off" in verify(gate_log[:-9], KEY, NONCE).faults
    assert not verify(shorter, KEY, NONCE).faults
    assert "the last line is not the one that was reported" in verify(shorter, KEY, NONCE, head=head).faults


def test_another_session_proves_nothing(gate_log: bytes) -> None:
    """Neither another key nor another nonce verifies it."""
    assert verify(gate_log, b"x" * 32, NONCE).faults
    assert verify(gate_log, KEY, "nonce-2").faults


@pytest.mark.parametrize("line", [b"not json", b"{}", b"[]", b"null", b'{"seq": 1}', b"\xff"])
def test_a_line_that_is_no_entry_is_named(gate_log: bytes, line: bytes) -> None:
    """Whatever stands there, verification ends in a fault, not in an exception."""
    found = verify(gate_log + line + b"\n", KEY, NONCE)

    assert any(fault.startswith("line 4") for fault in found.faults)


def test_an_empty_log_is_sound_and_says_that_nothing_was_asked() -> None:
    """A session without a tool call has one."""
    found = verify(b"", KEY, NONCE)

    assert not found.faults
    assert found.asked == 0


def test_a_grant_survives_the_way_through_claude_codes_stream() -> None:
    """It is found inside a longer text, and holds only for its own call, input, key and nonce."""
    tool_input = {"command": "echo \ud800", "n": 1}
    text = write_grant(7, "toolu_7", input_digest(tool_input), KEY, NONCE)
    grant = parse_grant(f"Hook PreToolUse allowed: {text}.")
    assert grant is not None

    assert grant_holds(
        grant, tool_use_id="toolu_7", digest=input_digest({"n": 1, "command": "echo \ud800"}), key=KEY, nonce=NONCE
    )
    assert not grant_holds(grant, tool_use_id="toolu_8", digest=input_digest(tool_input), key=KEY, nonce=NONCE)
    assert not grant_holds(grant, tool_use_id="toolu_7", digest=input_digest({"n": 2}), key=KEY, nonce=NONCE)
    assert not grant_holds(grant, tool_use_id="toolu_7", digest=input_digest(tool_input), key=b"x" * 32, nonce=NONCE)
    assert not grant_holds(grant, tool_use_id="toolu_7", digest=input_digest(tool_input), key=KEY, nonce="nonce-2")


@pytest.mark.parametrize("text", ["", "nightshift-grant:", "nightshift-grant:n:1:t:short:short", "allowed"])
def test_text_without_a_grant_has_none(text: str) -> None:
    """Neither an empty reason nor half a grant counts."""
    assert parse_grant(text) is None


@pytest.mark.parametrize(
    "secret",
    [
        "curl -H 'Authorization: Bearer abcdef1234567890'",
        "git clone https://user:hunter2secret@example.com/r.git",
        "export GITHUB_TOKEN=ghp_abcdefghijklmnop1234",
        "API_KEY=supersecretvalue npm test",
        'curl -d \'{"password": "opensesame"}\'',
        "echo sk-ant-abcdefghij1234567890",
    ],
)
def test_what_looks_like_a_credential_is_masked(secret: str) -> None:
    """The log is shown in pull requests."""
    shown = mask(secret)

    assert "…" in shown
    for value in (
        "abcdef1234567890",
        "hunter2secret",
        "ghp_abcdefghijklmnop1234",
        "supersecretvalue",
        "opensesame",
        "abcdefghij1234",
    ):
        assert value not in shown


BODY = "MIIEpAIBAAKCAQEA7bq8qO9o2m5n0p1Wl4zv3yJQ0u8m4Yt2x1c9aZ8bY7cX6dW5"


@pytest.mark.parametrize(
    "around",
    [
        "cat > key <<'EOF'\n-----BEGIN {kind}-----\n{body}\n{body}\n-----END {kind}-----\nEOF\nls",
        "printf '-----BEGIN {kind}-----\\n{body}\\n{body}\\n-----END {kind}-----\\n' > key; ls",
        "cat > key <<'EOF'\r\n-----BEGIN {kind}-----\r\n\r\n{body}\r\n{body}",
        "echo '-----BEGIN {kind}-----\nProc-Type: 4,ENCRYPTED\n\n    {body}\n    {body}",
        "echo 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n{body}\n{body}'",
    ],
)
@pytest.mark.parametrize("kind", ["RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"])
def test_a_private_key_in_a_command_is_masked(kind: str, around: str) -> None:
    """On all of its lines, also where the command is cut before its end."""
    shown = mask(around.format(kind=kind, body=BODY))

    assert not [start for start in range(len(BODY) - 8) if BODY[start : start + 8] in shown]
    assert shown.startswith(around[:5])


def test_a_key_in_base64_is_masked() -> None:
    """As kubectl prints them."""
    assert mask("echo LS0tLS1CRUdJTi" + BODY + "\n" + BODY) == "echo …"


def test_a_command_that_looks_for_keys_is_shown() -> None:
    assert mask("grep -rc 'BEGIN RSA PRIVATE" + " KEY' src tests") == "grep -rc 'BEGIN RSA PRIVATE KEY' src tests"


def test_a_long_subject_is_cut() -> None:
    """A megabyte in a command is not a megabyte in the pull request."""
    assert len(mask("x" * 1_000_000)) == 500


def test_entries_are_one_json_object_to_a_line(gate_log: bytes) -> None:
    """Ordinary tools can read the log."""
    entries = [json.loads(line) for line in gate_log.splitlines()]

    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    assert set(entries[0]) == {"seq", "time", "tool_use_id", "tool", "agent_id", "digest", "granted", "rule", "reason",
                               "subject", "previous", "signature"}  # fmt: skip


def test_an_entry_is_on_the_disk_before_its_grant_is_given(tmp_path: Path) -> None:
    """It is written whole, then brought to the disk; a disk that fails leaves the call without a grant."""
    path = tmp_path / "gate_log.jsonl"
    call = LoggedCall(tool_use_id="toolu_1", tool="Bash", agent_id="", digest="d" * 64)
    seen: list[bytes] = []

    def fail(descriptor: int) -> None:
        seen.append(Path(f"/proc/self/fd/{descriptor}").read_bytes())
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        GateLog(path=path, key=KEY, nonce=NONCE, sync=fail).record(call, GRANTED)

    assert seen[0].endswith(b"}\n")
    assert GateLog(path=path, key=KEY, nonce=NONCE).sync is os.fsync


FILLS_ITS_DISK = """
import resource, sys
from pathlib import Path
from hooks.gate_log import GateLog, LoggedCall
from hooks.policy import Ruling
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
call = LoggedCall(tool_use_id="toolu_1", tool="Bash", agent_id="", digest="d" * 64)
ruling = Ruling(granted=True, rule="granted", reason="no rule refuses it")
print(GateLog(path=Path(sys.argv[1]), key=bytes(32), nonce="nonce-1").record(call, ruling))
"""


def test_an_entry_that_was_cut_short_grants_nothing(tmp_path: Path) -> None:
    """A full disk takes a part of a line; the system's limit on a file's size does the same."""
    ended = subprocess.run(
        [sys.executable, "-c", FILLS_ITS_DISK, str(tmp_path / "gate_log.jsonl")],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "the log took only a part of its entry" in ended.stderr
    assert ended.stdout == ""
    assert (tmp_path / "gate_log.jsonl").stat().st_size == 100
