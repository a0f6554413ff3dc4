"""The gate's clients, each alone: hostile answers, hostile calls, a gate that is missing or slow. All of it refuses."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from hooks.settings import install
from hooks.static_client import GateClient
from tests.accepting import serve_each
from tests.hooks.conftest import SECONDS, Answer, client_command
from tests.hooks.gate_answers import MEGABYTE, framed, padded

ALLOW = b'{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow"}}'
CALL_LIMIT = 8 * MEGABYTE


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory, client: GateClient) -> list[str]:
    """The client that a session would start, without the control folder at its end."""
    control = tmp_path_factory.mktemp("programs")
    return client_command(control, static=install(control, client))


@contextmanager
def impostor(folder: Path, said: bytes) -> Iterator[list[bytes]]:
    """Another program on the gate's socket, which reads all of a call and answers this; yields the calls."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "gate.sock"))
        listener.listen()
        with serve_each(listener, partial(_answer, said=said, heard=heard)):
            yield heard


def _answer(connection: socket.socket, said: bytes, heard: list[bytes]) -> None:
    with connection.makefile("rb") as stream:
        length = stream.read(8)
        if length:
            heard.append(length + stream.read(int(length)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it hung up when it had seen enough
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):  # what else it sends is taken, so that only the client ends it
                pass


def run(command: list[str], control: Path | str, call: bytes = b"{}") -> Answer:
    ended = subprocess.run(
        [*command, str(control)], input=call, capture_output=True, timeout=SECONDS, check=False, env={}
    )
    return Answer(code=ended.returncode, decision="", reason=ended.stdout.decode(), complaint=ended.stderr.decode())


def assert_refused(answer: Answer) -> None:
    assert (answer.code, answer.reason) == (2, "")
    assert re.fullmatch(r"The gate refuses: .+\. Nothing runs without its grant\.\n", answer.complaint)


def test_a_whole_answer_is_printed_as_it_is(command: list[str], tmp_path: Path) -> None:
    """The call reaches the gate byte for byte, the answer Claude Code."""
    call = bytes(range(256)) * 3
    with impostor(tmp_path, framed(ALLOW)) as heard:
        answer = run(command, tmp_path, call)

    assert (answer.code, answer.reason.encode(), answer.complaint) == (0, ALLOW, "")
    assert heard == [framed(call)]


@pytest.mark.parametrize(
    "said",
    {
        "nothing": b"",
        "a length alone": b"00000082",
        "half a length": b"0000",
        "too short": b"00000004{}}}",
        "empty": b"00000000",
        "too large": b"99999999" + b"x" * 10,
        "one byte over the limit": framed(padded(MEGABYTE + 1)),
        "no length": b"abcdefgh" + b"x" * 10,
        "a negative length": b"-0000082" + ALLOW,
        "a length with a sign": b"+0000082" + ALLOW,
        "a length with blanks": b"      82" + ALLOW,
        "a hexadecimal length": b"0x000052" + ALLOW,
        "digits of another script": "٠٠٨٢".encode() + ALLOW,
        "a length with NUL": b"0000082\0" + ALLOW,
        "no digit, which would make the right sum": b"%07d" % (len(ALLOW) // 10 - 1)
        + bytes([ord("0") + len(ALLOW) % 10 + 10])
        + ALLOW,
        "cut short": b"00000099" + ALLOW,
        "one byte too few": b"%08d" % (len(ALLOW) + 1) + ALLOW,
        "a length that ends before the end": b"%08d" % (len(ALLOW) - 1) + ALLOW,
        "not an answer": framed(b"allow it!!"),
        "a head alone": framed(b'{"hookSpecificOutput":'),
        "a tail alone": framed(b"}}"),
        "head and tail that overlap": framed(b'{"hookSpecificOutput":}'),
        "another head": framed(b' {"hookSpecificOutput":{}}'),
        "another tail": framed(ALLOW + b"\n"),
        "NUL in the head": framed(b'{"hook\0pecificOutput":{}}'),
        "no frame": ALLOW,
        "a page of HTTP": b"HTTP/1.1 200 OK\r\n\r\n" + ALLOW,
    }.items(),
    ids=lambda item: item[0],
)
def test_a_malformed_answer_refuses(command: list[str], tmp_path: Path, said: tuple[str, bytes]) -> None:
    """If another program answers on the socket, only a whole answer of the right form counts."""
    with impostor(tmp_path, said[1]):
        assert_refused(run(command, tmp_path))


@pytest.mark.parametrize("size", [len(b'{"hookSpecificOutput":}}'), 70_000, MEGABYTE])
def test_an_answer_may_have_any_size_up_to_the_limit(command: list[str], tmp_path: Path, size: int) -> None:
    answer = b'{"hookSpecificOutput":}}' if size < 50 else padded(size)
    with impostor(tmp_path, framed(answer)):
        assert run(command, tmp_path) == Answer(code=0, decision="", reason=answer.decode(), complaint="")


@pytest.mark.parametrize("size", [0, 1, 65_536, CALL_LIMIT])
def test_a_call_may_have_any_size_up_to_the_limit(command: list[str], tmp_path: Path, size: int) -> None:
    call = b"c" * size
    with impostor(tmp_path, framed(ALLOW)) as heard:
        assert run(command, tmp_path, call).code == 0

    assert heard == [framed(call)]


@pytest.mark.parametrize("excess", [1, 4096, CALL_LIMIT])
def test_a_call_over_the_limit_is_refused_and_not_sent(command: list[str], tmp_path: Path, excess: int) -> None:
    with impostor(tmp_path, framed(ALLOW)) as heard:
        answer = run(command, tmp_path, b"c" * (CALL_LIMIT + excess))

    assert "too large to be judged" in answer.complaint
    assert_refused(answer)
    assert heard == []


def test_without_a_gate_nothing_is_granted(command: list[str], tmp_path: Path) -> None:
    """No folder, a file in its place, no socket, a file in the socket's place, a socket that no program listens on."""
    (tmp_path / "file").touch()
    for name in ("no socket", "a file", "a left socket"):
        (tmp_path / name).mkdir()
    (tmp_path / "a file" / "gate.sock").write_bytes(framed(ALLOW))
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "a left socket" / "gate.sock"))

    for name in ("no folder", "file", "no socket", "a file", "a left socket", "x" * 5000):
        assert_refused(run(command, tmp_path / name))
    assert_refused(run(command, ""))


def test_a_path_longer_than_an_address_is_no_trouble(command: list[str], tmp_path: Path) -> None:
    folder = tmp_path / ("d" * 120) / "with a blank"
    folder.mkdir(parents=True)
    short = tmp_path / "s"
    short.symlink_to(folder)  # only the test needs a short way to it
    with impostor(short, framed(ALLOW)):
        assert run(command, folder).code == 0


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["", "", ""]])
def test_other_arguments_refuse(command: list[str], arguments: list[str]) -> None:
    ended = subprocess.run([*command, *arguments], input=b"{}", capture_output=True, timeout=SECONDS, check=False)

    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"usage: " in ended.stderr


def test_an_answer_that_cannot_be_printed_is_no_grant(command: list[str], tmp_path: Path) -> None:
    """Output that no process reads, a full disk, and none at all."""
    reader, writer = os.pipe()
    os.close(reader)
    with Path("/dev/full").open("wb") as full, os.fdopen(writer, "wb", closefd=True) as unread:
        for number, output in enumerate((full, unread)):
            folder = tmp_path / str(number)
            folder.mkdir()
            with impostor(folder, framed(ALLOW)):
                ended = subprocess.run(
                    [*command, str(folder)],
                    input=b"{}",
                    stdout=output,
                    stderr=subprocess.PIPE,
                    timeout=SECONDS,
                    check=False,
                )
            assert ended.returncode in {2, 120}, "120 is Python's own, where its last flush fails"
    folder = tmp_path / "closed"
    folder.mkdir()
    with impostor(folder, framed(ALLOW)):
        closed = ["sh", "-c", 'exec "$@" >&-', "sh", *command, str(folder)]
        assert subprocess.run(closed, input=b"{}", capture_output=True, timeout=SECONDS, check=False).returncode == 2


def test_a_call_that_cannot_be_read_is_refused(command: list[str], tmp_path: Path) -> None:
    """Standard input that is closed, and one that is a folder."""
    with impostor(tmp_path, framed(ALLOW)):
        for change in ("<&-", f"< {tmp_path}"):
            shell = ["sh", "-c", f'exec "$@" {change}', "sh", *command, str(tmp_path)]
            ended = subprocess.run(shell, capture_output=True, timeout=SECONDS, check=False)
            assert ended.returncode not in {0, None}, change
            assert ended.stdout == b"", change
