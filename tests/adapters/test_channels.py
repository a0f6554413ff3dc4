"""The standard streams of Claude Code: sockets, fed and drained, which no other process can open again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.channels import channels
from bot.adapters.handover import Handover
from bot.adapters.process import Child

ECHO = """
import sys
given = sys.stdin.buffer.read()
sys.stderr.write("x" * int(sys.argv[1]))
sys.stdout.buffer.write(given)
"""
REOPEN = """
import os
for number in range(3):
    try:
        os.open(f"/proc/{os.getpid()}/fd/{number}", os.O_RDWR)
        print("opened", number)
    except OSError as error:
        print(os.readlink(f"/proc/self/fd/{number}").split(":")[0])
"""


def spoken(tmp_path: Path, program: str, given: bytes, *arguments: str, most: int = 1 << 20) -> tuple[bytes, bytes]:
    """What a program says to its two outputs."""
    errors = tmp_path / "stderr.txt"
    with (
        channels(given, errors, most) as streams,
        Child(
            [sys.executable, "-c", program, *arguments],
            cwd=tmp_path,
            env={"PATH": os.defpath},
            stdin=streams.stdin,
            stdout=streams.stdout,
            stderr=streams.stderr,
        ) as child,
    ):
        streams.feed.end()
        said = b"".join(chunk for chunk in child.chunks() if chunk is not None)
        child.wait(30)
    return said, errors.read_bytes()


def test_all_of_what_is_given_is_read_and_all_that_is_said_is_heard(tmp_path: Path) -> None:
    """More than any socket holds at once, in both directions."""
    given = bytes(range(256)) * 20_000

    said, errors = spoken(tmp_path, ECHO, given, "300000")

    assert said == given
    assert errors == b"x" * 300_000


def test_errors_beyond_what_is_kept_are_read_and_dropped(tmp_path: Path) -> None:
    """One byte more than the limit is kept, which tells that it was too much; the program is not held up."""
    said, errors = spoken(tmp_path, ECHO, b"on", "5000000", most=1000)

    assert (said, len(errors)) == (b"on", 1001)


def test_a_program_that_reads_nothing_ends_all_the_same(tmp_path: Path) -> None:
    said, _ = spoken(tmp_path, "print('done')", b"x" * 5_000_000)

    assert said == b"done\n"


def test_the_streams_cannot_be_opened_again(tmp_path: Path) -> None:
    """A pipe or a file could: /proc would give it to any process of the same user."""
    said, _ = spoken(tmp_path, REOPEN, b"")

    assert said.split() == [b"socket"] * 3


def test_a_pipe_could_be(tmp_path: Path) -> None:
    """So the test above would notice."""
    said = subprocess.run([sys.executable, "-c", REOPEN], stdin=subprocess.PIPE, capture_output=True, check=True)

    assert said.stdout.count(b"opened") == 3


def test_a_cell_that_never_comes_up_blocks_nothing() -> None:
    """The handover ends with its block, and serves nothing."""
    served: list[object] = []
    with Handover(served.append) as handover:
        assert handover.descriptor > 2

    assert served == []


@pytest.mark.parametrize("word", [b"listening", b""])
def test_what_is_no_socket_is_not_served(word: bytes) -> None:
    """The cell at the other end may send anything."""
    served: list[object] = []
    with Handover(served.append) as handover:
        os.write(handover.descriptor, word or b"x")

    assert served == []


def test_a_program_whose_errors_cannot_be_kept_is_not_blocked(tmp_path: Path) -> None:
    """As on a full disk: all is read to its end, and then it is an error."""
    (tmp_path / "stderr.txt").symlink_to("/dev/full")

    with pytest.raises(OSError, match="No space left"):
        spoken(tmp_path, ECHO, b"given", str(1 << 20))
