"""Children and what becomes of them: whatever they start, nothing of it outlives them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bot.adapters import supervise
from bot.adapters.output import KEPT_ERRORS
from bot.adapters.process import Child, CommandFailed, Completed, run
from tests.patience import eventually

ENV = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}


def sh(script: str, cwd: Path, *, seconds: float = 20, stdin: bytes = b"") -> Completed:
    return run(["/bin/sh", "-c", script], cwd=cwd, env=ENV, seconds=seconds, stdin=stdin, codes=None)


def marked(marker: str) -> list[psutil.Process]:
    """Living processes whose environment carries the marker."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("MARKER") == marker:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_a_command_gets_its_input_folder_and_environment_and_nothing_else(tmp_path: Path) -> None:
    """Nothing of the bot's own environment is inherited."""
    done = sh("cat; pwd; env; echo oops >&2; exit 3", tmp_path, stdin=b"in\n")

    lines = done.stdout.decode().splitlines()
    assert lines[:2] == ["in", str(tmp_path)]
    assert {line.split("=")[0] for line in lines[2:]} <= {"PATH", "LANG", "PWD", "OLDPWD", "SHLVL", "_"}
    assert (done.code, done.stderr, done.over_limit) == (3, "oops\n", "")


def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    """As a shell would: code 127 and the reason."""
    done = run(["/no/such"], cwd=tmp_path, env=ENV, seconds=10, codes=None)

    assert (done.code, done.stderr) == (supervise.NOT_FOUND, "/no/such: No such file or directory\n")


def test_a_time_limit_ends_the_whole_tree(tmp_path: Path) -> None:
    """Also what ignores SIGTERM, and what has moved to a new session."""
    marker = str(tmp_path)
    script = f"export MARKER={marker}; trap '' TERM; setsid sleep 300 & (setsid nohup sleep 301 &) ; sleep 302"

    with_limit = run(["/bin/sh", "-c", script], cwd=tmp_path, env=ENV, seconds=0.5, codes=None)

    assert (with_limit.code, with_limit.over_limit) == (None, "did not end in time")
    assert marked(marker) == []


def test_what_a_command_leaves_running_is_ended_with_it(tmp_path: Path) -> None:
    """A normal end leaves nothing behind either, and is not waited for."""
    marker = str(tmp_path)
    started = time.monotonic()

    done = sh(
        f"export MARKER={marker}; setsid sleep 300 >/dev/null & nohup sleep 301 & echo done", tmp_path, seconds=60
    )

    assert (done.code, done.stdout) == (0, b"done\n")
    assert marked(marker) == []
    assert time.monotonic() - started < 10


def test_a_loop_that_forks_does_not_outrun_the_end(tmp_path: Path) -> None:
    """Everything stands still before the first process is killed."""
    marker = str(tmp_path)

    sh(f"export MARKER={marker}; (while :; do setsid sleep 30 & sleep 0.01; done) & sleep 0.3", tmp_path)

    assert marked(marker) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's word that a parent died")
def test_nothing_survives_the_death_of_nightshift_itself(tmp_path: Path) -> None:
    """SIGKILL leaves it no time to clean up, so the supervisor watches for it."""
    marker = str(tmp_path)
    script = (
        "import sys; from pathlib import Path; from bot.adapters.process import run;"
        f"run(['/bin/sh', '-c', 'setsid sleep 300 & sleep 301'], cwd=Path('/'), seconds=60,"
        f" env={{'PATH': '/usr/bin:/bin', 'MARKER': {marker!r}}})"
    )
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    try:
        eventually(lambda: len(marked(marker)) >= 3)
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(10)

    eventually(lambda: marked(marker) == [])


def test_lines_come_as_they_are_written_and_the_clock_goes_on(tmp_path: Path) -> None:
    """The reader is woken between two lines too, so that it can check whether to stop."""
    with (tmp_path / "err").open("wb") as stderr:
        command = ["/bin/sh", "-c", r"printf 'a\nb'; sleep 0.7; printf 'c\nlast'"]
        with Child(command, cwd=tmp_path, env=ENV, stderr=stderr) as child:
            seen = list(child.lines())
            code = child.wait(10)

    assert [line for line in seen if line is not None] == [b"a\n", b"bc\n", b"last"]
    assert None in seen[1 : seen.index(b"bc\n")]
    assert code == 0


@pytest.mark.parametrize("flood", ["yes", "cat /dev/zero"])
def test_a_flood_of_output_ends_the_command(tmp_path: Path, flood: str) -> None:
    """No command fills the memory, with lines or with one that never ends; its background processes end with it."""
    marker = str(tmp_path)
    script = f"export MARKER={marker}; setsid sleep 300 & {flood}"

    done = run(["/bin/sh", "-c", script], cwd=tmp_path, env=ENV, seconds=60, largest=1 << 20, codes=None)

    assert (done.code, done.over_limit) == (None, "wrote too much")
    assert len(done.stdout) <= 1 << 20
    assert marked(marker) == []


def test_a_flood_of_errors_is_kept_to_its_last_part(tmp_path: Path) -> None:
    """The end of stderr explains why a command failed."""
    done = sh("yes | head -c 9000000 >&2; echo end >&2", tmp_path)

    assert len(done.stderr) == KEPT_ERRORS
    assert done.stderr.endswith("y\nend\n")


def test_a_failure_shows_the_command_the_code_and_both_outputs(tmp_path: Path) -> None:
    """One error for every command of the host."""
    with pytest.raises(CommandFailed) as failed:
        run(["/bin/sh", "-c", "echo out; echo no >&2; exit 3"], cwd=tmp_path, env=ENV, seconds=10)

    assert failed.value.detail == "`/bin/sh -c 'echo out; echo no >&2; exit 3'` exited with 3\nstderr: no\nstdout: out"


def test_without_supervision_the_process_group_is_ended(tmp_path: Path) -> None:
    """What git starts stays in its group."""
    marker = str(tmp_path)
    command = ["/bin/sh", "-c", f"export MARKER={marker}; sleep 300 & sleep 301"]

    done = run(command, cwd=tmp_path, env=ENV, seconds=0.5, codes=None, supervised=False)

    assert (done.code, done.over_limit) == (None, "did not end in time")
    eventually(lambda: marked(marker) == [])


def test_leaving_the_block_ends_the_child(tmp_path: Path) -> None:
    """An exception on the way out leaves nothing running."""
    marker = str(tmp_path)
    with (tmp_path / "err").open("wb") as stderr, pytest.raises(ZeroDivisionError):
        command = ["/bin/sh", "-c", "echo up; sleep 300"]
        with Child(command, cwd=tmp_path, env={**ENV, "MARKER": marker}, stderr=stderr) as child:
            assert next(line for line in child.lines() if line) == b"up\n"
            raise ZeroDivisionError

    assert marked(marker) == []


def test_an_inherited_descriptor_reaches_the_command_and_is_not_kept_by_its_supervisor(tmp_path: Path) -> None:
    """A secret's pipe stays open nowhere but where it is read."""
    reader, writer = os.pipe()
    os.write(writer, b"secret")
    os.close(writer)
    script = f"ls /proc/$PPID/fd; echo; cat <&{reader}"
    try:
        with (tmp_path / "err").open("wb") as stderr:
            command = ["/bin/bash", "-c", f"sleep 0.3; {script}"]
            with Child(command, cwd=tmp_path, env=ENV, stderr=stderr, keep_open=[reader]) as child:
                output = b"".join(line or b"" for line in child.lines())
    finally:
        os.close(reader)

    held, read = output.split(b"\n\n")
    assert str(reader).encode() not in held.split()
    assert read == b"secret"


def test_a_supervisor_that_does_not_answer_is_killed_with_its_tree(tmp_path: Path) -> None:
    """The last resort: here it stands still, so that it cannot end anything."""
    marker = str(tmp_path)
    with (tmp_path / "err").open("wb") as stderr:
        command = ["/bin/sh", "-c", "echo up; setsid sleep 300 & sleep 301"]
        with Child(command, cwd=tmp_path, env={**ENV, "MARKER": marker}, stderr=stderr) as child:
            assert next(line for line in child.lines() if line) == b"up\n"
            os.kill(child.pid, signal.SIGSTOP)

            assert child.wait(0.2) == -signal.SIGKILL

    eventually(lambda: marked(marker) == [])
