"""What a shell command reaches from its cell: its own processes, its network and its files."""

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
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.adapters.cell import probe
from bot.adapters.egress import Egress
from bot.core.registries import Destination
from tests.adapters.cells import PATH, PYTHON
from tests.adapters.command_servers import Commands, running

pytestmark = pytest.mark.needs("bwrap")


@pytest.fixture
def commands() -> Iterator[Commands]:
    """In a folder that is not in /tmp: as a data folder would be."""
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as made,
        Egress(frozenset()) as egress,
        running(Path(made), egress) as started,
    ):
        yield started


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
