"""What a session may take of its machine: the kernel's limits from the inside, the watch from the outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from bot.adapters.ceilings import Ceilings, CeilingWatch, Log
from tests.adapters.cells import PYTHON, a_cell, inside
from tests.patience import within

WAIT = "input()"


@contextmanager
def a_session(script: str) -> Iterator[int]:
    """A process with descendants that do what a session would; its pid."""
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {script!r}])"
    with subprocess.Popen([sys.executable, "-c", inner], stdin=subprocess.PIPE) as process:
        try:
            yield process.pid
        finally:
            process.communicate(b"\n")


def told(watch: CeilingWatch, seconds: float = 20) -> str:
    """What the watch says in the end."""
    deadline = time.monotonic() + within(seconds)
    while (found := watch.find_exceeded(time.monotonic())) is None:
        assert time.monotonic() < deadline, "the watch said nothing"
        time.sleep(0.02)
    return found


def test_a_session_below_its_ceilings_is_left_alone(tmp_path: Path) -> None:
    with a_session(WAIT) as pid:
        watch = CeilingWatch(Ceilings(), (pid,), [tmp_path])

        assert [watch.find_exceeded(time.monotonic() + later) for later in (0, 10, 20)] == [None] * 3


@pytest.mark.parametrize(
    ("script", "ceilings", "says"),
    [
        (f"b = bytearray(200 << 20); {WAIT}", Ceilings(memory=100 << 20), "MiB of memory; 100 are allowed"),
        (
            "import subprocess; left = [subprocess.Popen(['sleep', '60']) for _ in range(20)]; input();"
            " [each.kill() for each in left]",
            Ceilings(processes=15),
            "processes at once; 15 are allowed",
        ),
    ],
)
def test_what_descendants_take_is_counted_together(script: str, ceilings: Ceilings, says: str) -> None:
    """Also what the session's own children started."""
    with a_session(script) as pid:
        assert says in told(CeilingWatch(ceilings, (pid,), []))


@pytest.mark.parametrize(
    "fill",
    [
        lambda folder: (folder / "a" / "large").write_bytes(bytes(3 << 20)),
        lambda folder: [(folder / "a" / f"{number}").write_bytes(b"x") for number in range(600)],
    ],
)
def test_what_is_written_is_counted_as_it_lies_on_disk(tmp_path: Path, fill: Callable[[Path], object]) -> None:
    """Many small files take more than their bytes; a link to something large takes nothing."""
    (tmp_path / "a").mkdir()
    (tmp_path / "link").symlink_to("/usr")
    watch = CeilingWatch(Ceilings(disk=2 << 20), (1 << 22,), [tmp_path])
    assert watch.find_exceeded(time.monotonic()) is None

    fill(tmp_path)

    assert "MiB to disk; 2 are allowed" in told(watch)


def test_the_watch_does_not_wait_for_a_session_that_is_gone(tmp_path: Path) -> None:
    with a_session("pass") as pid:
        pass

    assert CeilingWatch(Ceilings(), (pid,), [tmp_path / "gone"]).find_exceeded(time.monotonic()) is None


LIMITS = """
import json, resource
names = ("CPU", "FSIZE", "NOFILE", "CORE")
print(json.dumps({name: resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in names}))
try:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print("raised")
except (ValueError, OSError):
    print("kept")
"""


@pytest.mark.needs("bwrap")
def test_each_process_of_a_cell_is_limited_and_cannot_raise_it(tmp_path: Path) -> None:
    """Not even root: it has no capability to. A core of a process that holds a key is never written."""
    cell = a_cell(tmp_path, ceilings=Ceilings(cpu_seconds=100, file_size=1 << 20, open_files=64))

    done = inside(cell, [PYTHON, "-I", "-c", LIMITS])

    assert done.code == 0, done.stderr
    limits, raised = done.stdout.decode().splitlines()
    assert json.loads(limits) == {"CPU": [100, 100], "FSIZE": [1 << 20, 1 << 20], "NOFILE": [64, 64], "CORE": [0, 0]}
    assert raised == "kept"


def test_what_the_host_writes_down_of_a_session_is_limited(tmp_path: Path) -> None:
    """Its stream, its errors, the rulings on what it asks for: a session can make each of them grow."""
    stream = tmp_path / "stream"
    logs = [
        Log(path=tmp_path / "none", what="said", most=0),
        Log(path=stream, what="streamed", most=3 << 20),
    ]
    stream.write_bytes(bytes(3 << 20))
    assert CeilingWatch(Ceilings(), (), (), logs).find_exceeded(time.monotonic()) is None

    stream.write_bytes(bytes((4 << 20) + 1))

    exceeded = CeilingWatch(Ceilings(), (), (), logs).find_exceeded(time.monotonic())
    assert exceeded == "the session streamed 4 MiB; 3 are allowed"


def test_the_processes_of_all_cells_of_a_session_count(tmp_path: Path) -> None:
    """Claude Code's and those of its commands."""
    four = "[subprocess.Popen(['sleep', '60']) for _ in range(4)]"
    spawn = f"import subprocess, sys; {four}; print('up', flush=True); sys.stdin.read()"
    both = [
        subprocess.Popen([sys.executable, "-c", spawn], stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(2)
    ]
    try:
        for each in both:
            assert each.stdout is not None
            assert each.stdout.readline() == b"up\n"
        pids = [each.pid for each in both]
        few = Ceilings(processes=6)
        assert CeilingWatch(few, pids[:1], ()).find_exceeded(time.monotonic()) is None
        exceeded = CeilingWatch(few, pids, ()).find_exceeded(time.monotonic())
        assert exceeded == "the session ran 8 processes at once; 6 are allowed"
    finally:
        for each in both:
            for child in psutil.Process(each.pid).children():
                child.kill()
            with each:
                each.kill()


def test_what_was_exceeded_since_the_last_look_is_reported_at_the_end(tmp_path: Path) -> None:
    """A session that takes too much in its last moment has taken it."""
    stream = tmp_path / "stream"
    watch = CeilingWatch(Ceilings(disk=1 << 20), (), [tmp_path], [Log(path=stream, what="streamed", most=1 << 20)])
    assert watch.find_exceeded(time.monotonic()) is None
    (tmp_path / "large").write_bytes(bytes(2 << 20))
    assert watch.find_exceeded(time.monotonic()) is None  # it is not yet time to look again

    at_end = watch.exceeded_at_end()
    stream.write_bytes(bytes((1 << 20) + 1))

    assert at_end is not None
    assert "to disk; 1 are allowed" in at_end
    assert watch.exceeded_at_end() == "the session streamed 1 MiB; 1 are allowed"


def deep(folder: Path, levels: int, name: str = "d") -> None:
    """Folders within each other, deeper than any path is long."""
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir(name, dir_fd=descriptor)
        inner = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    written = os.open("large", os.O_WRONLY | os.O_CREAT, dir_fd=descriptor)
    os.write(written, bytes(3 << 20))
    os.close(written)
    os.close(descriptor)


def test_what_lies_too_deep_for_a_path_is_measured(tmp_path: Path) -> None:
    """A path has 4,096 bytes; a tree has more."""
    deep(tmp_path, 45, "n" * 200)

    said = CeilingWatch(Ceilings(disk=2 << 20), (), [tmp_path]).find_exceeded(time.monotonic())

    assert said is not None
    assert "to disk; 2 are allowed" in said


def test_what_is_nested_too_deep_to_be_walked_is_too_much(tmp_path: Path) -> None:
    deep(tmp_path, 300)

    said = CeilingWatch(Ceilings(), (), [tmp_path]).find_exceeded(time.monotonic())
    subprocess.run(["rm", "-rf", str(tmp_path / "d")], check=True)

    assert said == "the session made folders more than 250 deep"


def test_a_file_without_a_name_is_measured_as_long_as_it_is_open(tmp_path: Path) -> None:
    """On disk or in memory; held open twice it is counted once."""
    hold = """
import os, sys
kept = open(sys.argv[1], "wb"); os.unlink(sys.argv[1]); kept.write(bytes(3 << 20)); kept.flush()
again = os.dup(kept.fileno())
memory = os.memfd_create("x"); os.write(memory, bytes(3 << 20))
print("up", flush=True); sys.stdin.read()
"""
    inner = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hold!r}, sys.argv[1]])"
    command = [sys.executable, "-c", inner, str(tmp_path / "file")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        less = CeilingWatch(Ceilings(disk=5 << 20), (process.pid,), [tmp_path]).find_exceeded(time.monotonic())
        more = CeilingWatch(Ceilings(disk=7 << 20), (process.pid,), [tmp_path]).find_exceeded(time.monotonic())
        process.communicate(b"")

    assert (less, more) == ("the session wrote 6 MiB to disk; 5 are allowed", None)
