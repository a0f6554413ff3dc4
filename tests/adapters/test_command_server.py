"""The command server: a session's shell commands, each in a separate cell, as Claude Code starts them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.adapters.cell import probe
from bot.adapters.commands import command_server, install_shell
from bot.adapters.egress import Egress, proxy_variables
from bot.adapters.handover import Handover
from bot.adapters.process import Child
from bot.adapters.sandbox import Bubblewrap, Cell
from bot.core.registries import Destination
from tests.adapters.cells import PATH, PYTHON, a_cell, bubblewrap
from tests.patience import within

pytestmark = pytest.mark.needs("bwrap")
ASKS_FOLDER = " && pwd -P >| "


@dataclass
class Commands:
    """A running server and the shell that hands commands to it."""

    folder: Path
    shell: Path
    server: Child
    cell: Cell

    def start(self, script: str, cwd: Path | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [self.shell, script],
            cwd=cwd or self.cell.start,
            env={"PATH": "/nonexistent", "SECRET": "of Claude Code"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, script: str, cwd: Path | None = None) -> tuple[int, str]:
        """The exit code and all that was said."""
        with self.start(script, cwd) as command:
            said, _ = command.communicate(timeout=within(60))
            return command.returncode, said.decode()


@contextmanager
def running(folder: Path, egress: Egress, sandbox: Bubblewrap | None = None) -> Iterator[Commands]:
    control = folder / "control"
    control.mkdir()
    cell = a_cell(folder)
    shell = install_shell(control, Path(PYTHON))
    with Handover(egress.serve) as handover:
        cell = replace(cell, handover=handover.descriptor)
        environment = {**PATH, **proxy_variables(), "HOME": str(cell.writable[1])}
        with command_server(
            sandbox or bubblewrap(), cell, folder=control, environment=environment, log=folder / "log"
        ) as server:
            yield Commands(folder, shell, server, cell)


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


def test_the_folder_in_which_it_ended_is_told(commands: Commands) -> None:
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


def test_each_command_sees_its_own_processes_only(commands: Commands) -> None:
    """Not the server, not the supervisor, not what an earlier command left running."""
    with (commands.folder / "said").open("w") as file:
        earlier = [str(commands.shell), "sleep 300 > /dev/null 2>&1 &"]
        subprocess.run(earlier, cwd=commands.cell.start, stdout=file, stderr=file, check=True, timeout=60)

    code, said = commands.run("ps -e -o args= 2>/dev/null || cat /proc/[0-9]*/cmdline | tr '\\0' ' '")

    assert code == 0
    others = "\n".join(line for line in said.splitlines() if "/bwrap " not in line)  # its arguments name folders
    assert not any(word in others for word in ("sleep 300", "server.py", "supervise.py", "nightshift", "pytest"))


def test_what_it_leaves_in_the_background_serves_the_next_command_and_ends_with_the_session() -> None:
    """A server that is started for tests, as in any terminal. Claude Code gives commands files to write to."""
    serve = f"cd /tmp && ({PYTHON} -I -m http.server 8000 --bind 127.0.0.1 >/dev/null 2>&1 & echo $! > pid)"
    ask = "for _ in $(seq 100); do curl -sf http://127.0.0.1:8000/page && exit; sleep 0.1; done; exit 1"
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made, Egress(frozenset()) as egress:
        with running(Path(made), egress) as commands:
            with (commands.folder / "said").open("w") as said:
                script = f"echo hello > /tmp/page; {serve}"
                subprocess.run([commands.shell, script], cwd=commands.cell.start, stdout=said, check=True, timeout=60)
            assert commands.run(ask) == (0, "hello\n")
            server = commands.server.pid
        assert not Path(f"/proc/{server}").exists()
        done = subprocess.run(["pgrep", "-f", "http.server 8000"], capture_output=True, check=False, timeout=30)
        assert done.stdout == b""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ending_the_shell_ends_the_command(commands: Commands, number: signal.Signals) -> None:
    """With all that it started, in whatever session: Claude Code ends what takes too long."""
    beat = commands.cell.start / "beat"
    script = "setsid bash -c 'while sleep 0.05; do date +%N > beat; done' & echo started; wait"
    with commands.start(script) as command:
        assert command.stdout is not None
        assert command.stdout.readline() == b"started\n"
        os.killpg(command.pid, number)
        assert command.wait(30) != 0
    assert commands.run("true")[0] == 0
    beats = {commands.run("cat beat 2>/dev/null; sleep 0.3")[1] for _ in range(3)}
    assert len(beats) == 1, beat


def test_the_session_ends_whatever_a_command_does() -> None:
    """A command that holds on to everything is ended with the server."""
    hold = "trap '' TERM INT HUP; (trap '' TERM INT HUP; setsid sleep 4321 &) ; echo held; sleep 4321"
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made, Egress(frozenset()) as egress:
        with running(Path(made), egress) as commands:
            command = commands.start(hold)
            assert command.stdout is not None
            assert command.stdout.readline() == b"held\n"
        with command:
            assert command.wait(30) != 0
    done = subprocess.run(["pgrep", "-f", "sleep 4321"], capture_output=True, check=False, timeout=30)
    assert done.stdout == b""


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


def test_the_network_of_commands_ends_in_the_filter() -> None:
    """Each command of a session reaches what is listed through it, and the host's loopback in no way."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"listed")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        listed = Destination("registry.example", service.server_port)
        with (
            tempfile.TemporaryDirectory(dir="/var/tmp") as made,
            Egress(frozenset(), own=frozenset((listed,)), resolve=lambda host, port: ["127.0.0.1"]) as egress,
            running(Path(made), egress) as commands,
        ):
            assert commands.run(f"curl -s http://{listed}/") == (0, "listed")
            assert "may not reach" in commands.run("curl -s http://other.example/")[1]
            assert commands.run(f"curl -s --noproxy '*' http://127.0.0.1:{service.server_port}/")[0] == 7
        service.shutdown()


def test_the_canarys_attempts_all_fail_in_a_command(commands: Commands) -> None:
    """Each was made, and each was refused."""
    report = commands.cell.start / "report"
    (commands.cell.start / "probe.py").write_text(Path(str(probe.__file__)).read_text())

    assert commands.run(f"{PYTHON} -I probe.py {report} {commands.shell.parent} {commands.folder / 'claude'}")[0] == 0

    told = json.loads(report.read_text())
    assert {*told} == {*probe.ATTEMPTS}
    assert {name: word for name, word in told.items() if not word.startswith(probe.REFUSED)} == {}


def test_outside_of_a_cell_the_same_attempts_succeed(tmp_path: Path) -> None:
    """So the attempts are real: what is refused in a cell can be done without one. Another process stands for Claude
    Code."""
    report, hidden = tmp_path / "report", tmp_path / "claude"
    hidden.mkdir()
    (hidden / "conversation").touch()
    environment = {**PATH, "ANTHROPIC_BASE_URL": "http://127.0.0.1:1"}
    keeps_pass = f"import sys; kept = 'session-' + '{'x' * 43}'; sys.stdin.read()"
    stands_in = [sys.executable, "-c", keeps_pass, "stream-json"]
    with (
        (tmp_path / "output").open("w") as output,
        subprocess.Popen(stands_in, stdin=subprocess.PIPE, stdout=output, env=environment) as other,
        socket.socket(socket.AF_UNIX) as gate,
        socket.socket(socket.AF_UNIX) as server,
    ):
        for listener, name in ((gate, "gate.sock"), (server, "commands.sock")):
            listener.bind(str(tmp_path / name))
            listener.listen()
        command = [PYTHON, "-I", str(probe.__file__), str(report), str(tmp_path), str(hidden)]
        subprocess.run(command, check=True, timeout=60, env=PATH)
        assert other.stdin is not None
        other.stdin.close()

    told = json.loads(report.read_text())
    refused = {name for name, word in told.items() if word != probe.SUCCEEDED}
    assert refused <= ({"write a kernel setting", "load a program into the kernel"} if os.geteuid() else set())
