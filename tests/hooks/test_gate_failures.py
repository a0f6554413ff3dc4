"""A gate that cannot keep its promises grants nothing: seen from the client, whatever the client is written in."""

from __future__ import annotations

import os
import resource
import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hooks.conftest import RunningGate


@pytest.mark.timeout(60)
def test_the_client_ends_by_itself_if_the_gate_says_nothing(shared_gate: RunningGate, tmp_path: Path) -> None:
    """A gate that takes the call and never answers. Claude Code's own limit would come later, and say less."""
    silent = tmp_path / "silent"
    silent.mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(silent / "gate.sock"))
        listener.listen()

        answer = shared_gate.ask_raw(b'{"tool_name":"Bash"}', silent)  # fails after twenty seconds

    assert (answer.code, answer.decision) == (2, "")
    assert "The gate refuses" in answer.complaint


def test_an_entry_that_is_not_on_disk_grants_nothing(gate: RunningGate) -> None:
    """A pipe takes the entry like a file, but cannot be brought to a disk: `fsync` fails, and nothing else does."""
    os.mkfifo(gate.root / "gate_log.jsonl")
    reader = os.open(gate.root / "gate_log.jsonl", os.O_RDONLY | os.O_NONBLOCK)
    try:
        answer = gate.bash("ls")
        entry = os.read(reader, 65536)
    finally:
        os.close(reader)

    assert b'"granted":true' in entry
    assert (answer.code, answer.decision) == (2, "")


def test_an_entry_of_which_the_disk_takes_a_part_grants_nothing(gate: RunningGate) -> None:
    """As on a full disk: the system writes as much as there is space for, and reports how much that was."""
    assert gate.bash("ls").decision == "allow"
    size = (gate.root / "gate_log.jsonl").stat().st_size
    resource.prlimit(gate.process.pid, resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))

    answer = gate.bash("ls -la")

    assert (gate.root / "gate_log.jsonl").stat().st_size == size + 20
    assert (answer.code, answer.decision) == (2, "")
