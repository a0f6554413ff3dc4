"""How long and how much a client of the gate waits for and reads: the same for both, and less than Claude Code does."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from hooks import gate as python_client
from hooks.build_client import FLAGS, build
from hooks.settings import settings
from hooks.static_client import SOURCE
from tests.accepting import serve_each
from tests.hooks.conftest import SECONDS
from tests.hooks.gate_answers import MEGABYTE, framed, padded

Gate = Callable[[socket.socket], AbstractContextManager[None]]


def test_a_gate_that_says_nothing_is_not_waited_for_by_the_python_client(tmp_path: Path) -> None:
    address = str(tmp_path / "gate.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()

        with pytest.raises(TimeoutError):
            python_client.ask(address, b"{}", seconds=0.2)


def test_the_clients_give_up_before_claude_code_does() -> None:
    """So it is the client that says why the call was refused."""
    (hook,) = settings("/control", "python3", static=False)["hooks"]["PreToolUse"][0]["hooks"]
    (of_the_static_one,) = re.findall(r"^#define SECONDS (\d+)", SOURCE.read_text(), re.MULTILINE)

    assert python_client.SECONDS == int(of_the_static_one) < hook["timeout"] < 60


def test_both_clients_have_the_same_limits() -> None:
    source = SOURCE.read_text()

    assert f"#define INPUT_LIMIT ({python_client.INPUT_LIMIT // MEGABYTE} * 1024 * 1024)" in source
    assert f"#define ANSWER_LIMIT ({python_client.ANSWER_LIMIT // 1024} * 1024)" in source
    assert f"#define LENGTH_DIGITS {python_client.LENGTH_DIGITS}\n" in source


@contextlib.contextmanager
def _nothing(listener: socket.socket) -> Iterator[None]:
    """Connected, and never accepted."""
    yield


def _drop_by_drop(listener: socket.socket) -> AbstractContextManager[None]:
    """An answer that goes on for ever, each byte before a limit of silence would be over."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(framed(padded(MEGABYTE))[:-1])
        connection.settimeout(SECONDS)
        while connection.recv(65536):
            pass

    return serve_each(listener, answer)


def _ignore_alarms() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static client with a limit of one second."""
    binary = tmp_path_factory.mktemp("impatient") / "gate_client"
    assert build(["cc"], binary, (*FLAGS, "-DSECONDS=1")) == ""
    return binary


@pytest.mark.needs("cc")
@pytest.mark.parametrize("gate", [_nothing, _drop_by_drop])
@pytest.mark.parametrize("before", [None, _ignore_alarms])
def test_the_static_client_does_not_wait_for_a_silent_gate(
    impatient: Path, tmp_path: Path, gate: Gate, before: Callable[[], None] | None
) -> None:
    """Whatever signals were ignored or blocked where it was started."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "gate.sock"))
        listener.listen()
        with gate(listener):
            ended = subprocess.run(
                [impatient, tmp_path], input=b"{}", capture_output=True, timeout=SECONDS, check=False, preexec_fn=before
            )

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"does not answer in time" in ended.stderr


@pytest.mark.needs("cc")
def test_the_static_client_does_not_wait_for_a_call_without_an_end(impatient: Path, tmp_path: Path) -> None:
    with subprocess.Popen([impatient, tmp_path], stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(b"{")
        process.stdin.flush()

        assert process.wait(SECONDS) == 2
