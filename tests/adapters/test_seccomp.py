"""The filter of system calls: what it denies in a cell, and that usual programs do not miss it."""

from __future__ import annotations

import json
import platform
from pathlib import Path

import pytest

from bot.adapters.cell import seccomp
from bot.adapters.cell.seccomp import NoFilter, compile_filter
from bot.adapters.sandbox import Cell
from tests.adapters.cells import PATH, PYTHON, a_cell, inside


@pytest.fixture
def cell(tmp_path: Path) -> Cell:
    return a_cell(tmp_path)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_it_is_compiled_for_each_machine_that_nightshift_runs_on(machine: str) -> None:
    """Also on another one: whole instructions of eight bytes, the last ones return."""
    code = compile_filter(machine)

    assert len(code) > 800
    assert len(code) % 8 == 0
    assert code[-8:-6] == b"\x06\x00"  # BPF_RET


def test_the_filters_of_two_machines_differ() -> None:
    assert compile_filter("x86_64") != compile_filter("aarch64")


def test_another_machine_has_none_and_says_so() -> None:
    """Then there is no cell: a filter for the wrong calls would be none."""
    with pytest.raises(NoFilter, match="no system call filter for riscv64"):
        compile_filter("riscv64")


CALL = """
import ctypes, errno, json, os, sys
libc, library = ctypes.CDLL(None, use_errno=True), ctypes.CDLL("libseccomp.so.2")
result = {}
for name in json.loads(sys.argv[1]):
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        ctypes.set_errno(0)
        result[name] = errno.errorcode.get(ctypes.get_errno(), "none") if libc.syscall(number, *[-1] * 6) != -1 else (
            errno.errorcode[ctypes.get_errno()])
print(json.dumps(result))
"""


@pytest.mark.needs("bwrap")
def test_each_denied_call_is_refused_in_a_cell(cell: Cell) -> None:
    """With whatever arguments; clone3 looks as if the kernel did not have it, so that programs fall back to clone."""
    names = [rule.name for rule in seccomp.rules() if not rule.comparisons]

    done = inside(cell, [PYTHON, "-I", "-c", CALL, json.dumps(names)])

    told = json.loads(done.stdout)
    assert len(told) > 40
    assert {name: error for name, error in told.items() if error != "EPERM"} == {"clone3": "ENOSYS"}


FLAGS = """
import ctypes, errno, fcntl, os, pty, socket
libc = ctypes.CDLL(None, use_errno=True)
print(libc.unshare(0x10000000), libc.unshare(0x10000000 | 0x20000), libc.unshare(0x200))
for family in (16, 1, 2, 10, 40, 38, 17, 3, 100):
    try:
        socket.socket(family, socket.SOCK_RAW if family == 16 else socket.SOCK_STREAM).close()
        print(family, "open")
    except OSError as error:
        print(family, errno.errorcode[error.errno])
master, slave = pty.openpty()
for request in (0x5412, 0x5412 | 1 << 32, 0x541C):
    if libc.ioctl(slave, ctypes.c_ulong(request), ctypes.byref(ctypes.c_char(b"x"))) == -1:
        print(request & 0xFFFFFFFF, errno.errorcode[ctypes.get_errno()])
"""


@pytest.mark.needs("bwrap")
def test_what_depends_on_an_argument_is_refused_for_that_argument_alone(cell: Cell) -> None:
    """User namespaces, families of sockets, typing into terminals, also with bits that the kernel ignores."""
    done = inside(cell, [PYTHON, "-I", "-c", FLAGS])

    first, *rest = done.stdout.decode().splitlines()
    assert first == "-1 -1 0", done.stderr
    assert rest[:4] == ["16 open", "1 open", "2 open", "10 open"]
    assert rest[4:9] == [f"{family} EAFNOSUPPORT" for family in (40, 38, 17, 3, 100)]
    assert rest[9:] == [f"{0x5412} EPERM", f"{0x5412} EPERM", f"{0x541C} EPERM"]


@pytest.mark.needs("bwrap")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="only there a program can speak in another tongue")
def test_a_call_by_another_number_is_refused_as_well(cell: Cell) -> None:
    """x32 numbers of the same calls."""
    script = (
        "import ctypes; c = ctypes.CDLL(None, use_errno=True); print(c.syscall(0x40000000 + 521, 0, 0, 0, 0), end=' ')"
    )

    done = inside(cell, [PYTHON, "-I", "-c", f"{script}; print(ctypes.get_errno())"])

    assert done.stdout.decode().split()[0] == "-1"
    assert done.stdout.decode().split()[1] in {"1", "38"}


@pytest.mark.needs("bwrap")
@pytest.mark.needs("node")
def test_node_works(cell: Cell) -> None:
    """Child processes, worker threads, files."""
    script = """
const { execSync } = require('child_process'), { Worker } = require('worker_threads'), fs = require('fs');
fs.writeFileSync('made', 'x');
new Worker("require('worker_threads').parentPort.postMessage(2)", { eval: true })
  .on('message', (said) => console.log(execSync('echo 1').toString().trim(), said, fs.readFileSync('made', 'utf8')));
"""
    done = inside(cell, ["node", "-e", script], {**PATH, "HOME": str(cell.writable[1])})

    assert done.stdout.decode().split() == ["1", "2", "x"], done.stderr


@pytest.mark.needs("bwrap")
@pytest.mark.needs("make")
def test_make_works(cell: Cell) -> None:
    """In parallel, with a job server."""
    (cell.start / "Makefile").write_text("all: a b c\na b c:\n\t@sleep 0.1; echo $@\n")

    done = inside(cell, ["make", "-s", "-j3"])

    assert sorted(done.stdout.decode().split()) == ["a", "b", "c"], done.stderr


@pytest.mark.needs("bwrap")
@pytest.mark.needs("chromium")
def test_chromium_works_with_its_own_sandbox_off(cell: Cell) -> None:
    """As in any container: the cell is its sandbox."""
    home = cell.writable[1]
    quiet = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")
    page = "data:text/html,<p id=p></p><script>p.textContent=6*7</script>"
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", *quiet, f"--user-data-dir={home}/browser")

    done = inside(cell, ["chromium", *flags, "--dump-dom", page], {**PATH, "HOME": str(home)})

    assert b">42<" in done.stdout, done.stderr[-2000:]
