"""The command server: a session's shell commands, each in a separate cell, as Claude Code starts them."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from tests.adapters.cells import PYTHON
from tests.adapters.command_servers import Commands, running
from tests.patience import within

pytestmark = pytest.mark.needs("bwrap")
ASKS_FOLDER = " && pwd -P >| "


@pytest.fixture
def commands() -> Iterator[Commands]:
    """In a folder that is not in /tmp: as a data folder would be."""
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as made,
        Egress(frozenset()) as egress,
        running(Path(made), egress) as started,
    ):
        yield started


def test_a_command_runs_with_its_own_output_and_exit_code(commands: Commands) -> None:
    """What it says comes as it says it, also by its device; the environment is the one that was built for it."""
    assert commands.run("echo said; echo loud >&2; echo again > /dev/stdout; exit 3") == (3, "said\nloud\nagain\n")
    assert commands.run("echo ${SECRET:-none}; echo $HOME") == (0, f"none\n{commands.cell.writable[1]}\n")
    assert commands.run("kill -9 $$")[0] == 137


def test_a_pipeline_fails_where_one_of_its_programs_does(commands: Commands) -> None:
    """As Claude Code starts it; what a command starts has its own options."""
    assert commands.run("no-such-tox 2>&1 | tail -5")[0] == 127
    assert commands.run(f"eval 'exit 3 | cat' < /dev/null{ASKS_FOLDER}{commands.folder / 'told'}")[0] == 3
    assert commands.run("false | true && echo next") == (1, "")
    assert commands.run("yes | head -1") == (141, "y\n")
    assert commands.run("true | cat | cat") == (0, "")
    assert commands.run("bash -c 'false | true'; echo $?") == (0, "0\n")


def test_the_folder_in_which_it_ended_is_reported(commands: Commands) -> None:
    """Where Claude Code asks for it, in a file that the command itself cannot see; not after a failure."""
    told, quoted = commands.folder / "told", commands.folder / "a place's"
    (commands.cell.start / "src").mkdir()

    assert commands.run(f"eval 'cd src' < /dev/null{ASKS_FOLDER}{told}")[0] == 0
    assert told.read_text().strip() == str(commands.cell.start / "src")
    assert commands.run("pwd", cwd=commands.cell.start / "src") == (0, f"{commands.cell.start / 'src'}\n")
    word = "'" + str(quoted).replace("'", "'\\''") + "'"
    assert commands.run(f"true{ASKS_FOLDER}{word}")[0] == 0
    assert quoted.read_text().strip() == str(commands.cell.start)
    told.unlink()
    assert commands.run(f"false{ASKS_FOLDER}{told}")[0] == 1
    assert not told.exists()


FORGE = """
import os, signal, sys
for pid in ("self", str(os.getppid()), "1"):
    for number in range(3, 30):
        try:
            if number < 30 and os.readlink(f"/proc/{pid}/fd/{number}"):
                with open(f"/proc/{pid}/fd/{number}", "wb", 0) as told:
                    told.write(os.path.abspath("fake").encode())
        except OSError:
            pass
for number in range(3, 30):
    try:
        os.write(number, os.path.abspath("fake").encode())
    except OSError:
        pass
if sys.argv[1:]:
    os.kill(os.getppid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("kills", ["", "kills"])
def test_what_a_command_runs_does_not_choose_the_folder(commands: Commands, kills: str) -> None:
    """Neither by the descriptor that the shell has, nor by ending the shell before it tells."""
    told = commands.folder / "told"
    (commands.cell.start / "fake").mkdir()
    (commands.cell.start / "forge.py").write_text(FORGE)

    code, _ = commands.run(f"{PYTHON} -I forge.py {kills}{ASKS_FOLDER}{told}")

    said = told.read_text().strip() if told.exists() else None
    assert (code, said) == ((137, None) if kills else (0, str(commands.cell.start)))


def test_files_in_tmp_stay_for_the_next_command(commands: Commands) -> None:
    """In /tmp and /dev/shm, as on any machine; both lie on disk, in the session's folder."""
    assert commands.run("echo kept > /tmp/note; echo kept > /dev/shm/note")[0] == 0
    assert commands.run("cat /tmp/note /dev/shm/note") == (0, "kept\nkept\n")
    assert (commands.cell.temporary / "note").read_text() == "kept\n"
    assert (commands.cell.memory / "note").read_text() == "kept\n"


def test_many_commands_at_once(commands: Commands) -> None:
    """Each gets its own answer."""
    started = [commands.start(f"sleep 0.1; echo {number}; exit {number}") for number in range(12)]
    ended = []
    for command in started:
        with command:
            said, _ = command.communicate(timeout=within(60))
            ended.append((command.returncode, said.decode()))

    assert ended == [(number, f"{number}\n") for number in range(12)]


def test_without_its_server_a_command_fails_and_says_so(commands: Commands) -> None:
    """It runs nowhere else."""
    commands.server.stop()

    code, said = commands.run("touch made")

    assert (code, "The command was not run" in said) == (126, True)
    assert not (commands.cell.start / "made").exists()


@pytest.mark.parametrize(
    "request_", [b"", b"00000003abc", b"99999999", b"not a number", b"0000000a" + b"x" * 10, b"00000020short"]
)
def test_what_is_not_a_request_starts_nothing_and_breaks_nothing(commands: Commands, request_: bytes) -> None:
    """Without its three descriptors, cut short, or too long: no answer, and the next one is served."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(commands.shell.parent / "commands.sock"))
        client.sendall(request_)
        client.shutdown(socket.SHUT_WR)
        client.settimeout(30)
        with suppress(ConnectionResetError):  # it closed before it had read all of it
            assert client.recv(100) == b""

    assert commands.run("echo on") == (0, "on\n")


def test_a_folder_that_is_gone_is_no_reason_to_start_elsewhere(commands: Commands) -> None:
    """The command fails."""
    gone = commands.folder / "gone"
    gone.mkdir()

    code, said = commands.run("pwd", cwd=gone)

    assert code != 0
    assert "cannot change directory" in said


def test_a_folder_that_is_its_owners_alone_is_no_hindrance(commands: Commands) -> None:
    """As root the cell is made by one user and used by another."""
    assert commands.run("mkdir -m 700 own && chmod 700 .")[0] == 0

    assert commands.run("pwd", cwd=commands.cell.start / "own") == (0, f"{commands.cell.start}/own\n")
