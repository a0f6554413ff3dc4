"""A gate that cannot keep its promises grants nothing: seen from the client, whatever the client is written in."""

from __future__ import annotations

import os
import resource
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hooks.gate import LENGTH_DIGITS
from hooks.gate_socket import WAITING

if TYPE_CHECKING:
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


def test_clients_that_say_nothing_hold_up_no_call(shared_gate: RunningGate) -> None:
    """More than threads wait: each that takes the last place of those that wait starts another."""
    with ExitStack() as stack:
        for number in range(3 * WAITING):
            silent = stack.enter_context(socket.socket(socket.AF_UNIX))
            silent.connect(address(shared_gate, stack))
            silent.sendall(b"0000" if number % 2 else b"")

        assert shared_gate.bash("ls").decision == "allow"
    assert shared_gate.bash("ls").decision == "allow"


@pytest.mark.parametrize("said", [b"", b"x" * LENGTH_DIGITS, b"99999999", b"00000009{}", b"0000"])
def test_a_call_that_is_cut_short_or_too_large_gets_no_answer(shared_gate: RunningGate, said: bytes) -> None:
    asked = shared_gate.read_log().asked
    with ExitStack() as stack:
        client = stack.enter_context(socket.socket(socket.AF_UNIX))
        client.connect(address(shared_gate, stack))
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)

        assert client.recv(1) == b""
    assert shared_gate.read_log().asked == asked


def test_a_gate_without_descriptors_answers_when_it_has_some_again(gate: RunningGate) -> None:
    """Each thread that waits has one for its next call; behind those calls, none can be taken."""
    assert gate.bash("ls").decision == "allow"
    open_now = max(int(each.name) for each in Path(f"/proc/{gate.process.pid}/fd").iterdir())
    before = resource.prlimit(gate.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(gate.process.pid, resource.RLIMIT_NOFILE, (open_now + 1, before[1]))
    with ExitStack() as stack, ThreadPoolExecutor(1) as pool:
        for _ in range(2 * WAITING):
            stack.enter_context(socket.socket(socket.AF_UNIX)).connect(address(gate, stack))
        asked = pool.submit(gate.bash, "ls -la")
        resource.prlimit(gate.process.pid, resource.RLIMIT_NOFILE, before)

        assert asked.result().decision == "allow"
    assert gate.bash("ls").decision == "allow"


def address(gate: RunningGate, stack: ExitStack) -> str:
    """The gate's socket, by a name that is short enough."""
    folder = os.open(gate.control, os.O_RDONLY | os.O_DIRECTORY)
    stack.callback(os.close, folder)
    return f"/proc/self/fd/{folder}/gate.sock"
