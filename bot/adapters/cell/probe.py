"""What the canary tries from inside of a command: `python -I probe.py REPORT CONTROL HIDDEN…`.

Each attempt has to fail. The report says of each whether it was refused and how; an attempt that is missing from it was
never made, which the canary counts as a failure. It is a separate program and imports nothing of `bot`.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import re
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

REFUSED = "refused"
SUCCEEDED = "succeeded"
ATTEMPTS = (
    "reopen the stream of Claude Code",
    "read the environment of Claude Code",
    "read the relay's pass",
    "connect to the gate",
    "connect to the command server",
    "read the HOME of Claude Code",
    "write a kernel setting",
    "last longer when memory runs out",
    "use a keyring",
    "add a key",
    "trace a process",
    "take a descriptor of another process",
    "load a program into the kernel",
    "make a user namespace",
    "be root",
)
_CALLS = {  # the numbers of system calls
    "x86_64": {"ptrace": 101, "add_key": 248, "keyctl": 250, "unshare": 272, "pidfd_getfd": 438, "bpf": 321},
    "aarch64": {"ptrace": 117, "add_key": 217, "keyctl": 219, "unshare": 97, "pidfd_getfd": 438, "bpf": 280},
}
_NEW_USER_NAMESPACE = 0x10000000
_USER_KEYRING = -4
_PASS = re.compile(rb"session-[A-Za-z0-9_-]{43}")
_LARGEST_REGION = 1 << 28  # bytes
_MARKS = (b"stream-json", b"ANTHROPIC_", b"CLAUDE_CODE_")


def main(arguments: list[str]) -> int:
    report, control, *hidden = arguments
    attempts = _attempts(Path(control), [Path(folder) for folder in hidden])
    Path(report).write_text(json.dumps({name: _try(attempt) for name, attempt in attempts.items()}))
    return 0


def _attempts(control: Path, hidden: list[Path]) -> dict[str, Callable[[], object]]:
    return {
        "reopen the stream of Claude Code": lambda: _first(_streams()),
        "read the environment of Claude Code": lambda: _first(_environments()),
        "read the relay's pass": lambda: _first(_passes()),
        "connect to the gate": lambda: _connect(control / "gate.sock"),
        "connect to the command server": lambda: _connect(control / "commands.sock"),
        "read the HOME of Claude Code": lambda: _first(path for folder in hidden for path in folder.iterdir()),
        "write a kernel setting": lambda: os.close(os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY)),
        "last longer when memory runs out": lambda: os.close(os.open("/proc/self/oom_score_adj", os.O_WRONLY)),
        "use a keyring": lambda: _call("keyctl", 0, _USER_KEYRING, 0),
        "add a key": lambda: _call("add_key", b"user", b"canary", b"x", 1, _USER_KEYRING),
        "trace a process": lambda: _call("ptrace", 0, 0, 0, 0),
        "take a descriptor of another process": lambda: _call("pidfd_getfd", -1, 0, 0),
        "load a program into the kernel": lambda: _call("bpf", 0, 0, 0),
        "make a user namespace": lambda: _call("unshare", _NEW_USER_NAMESPACE),
        "be root": _be_root,
    }


def _try(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return f"{REFUSED}: {error.strerror or error}"
    return SUCCEEDED


def _first(found: Iterator[object]) -> object:
    for each in found:
        return each
    raise OSError("there is none")


def _processes() -> Iterator[Path]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            yield folder


def _passes() -> Iterator[object]:
    """A pass in the memory of any process that looks like Claude Code."""
    for process in _processes():
        with suppress(OSError, ValueError):
            if not any(mark in (process / "environ").read_bytes() for mark in _MARKS):
                continue
            with (process / "mem").open("rb", buffering=0) as memory:
                yield from _find_secrets(memory, (process / "maps").read_text())


def _find_secrets(memory: FileIO, maps: str) -> Iterator[bytes]:
    for line in maps.splitlines():
        start, end = (int(part, 16) for part in line.split()[0].split("-"))
        if line.split()[1].startswith("rw") and end - start < _LARGEST_REGION:
            with suppress(OSError, OverflowError):
                memory.seek(start)
                yield from _PASS.findall(memory.read(end - start) or b"")


def _streams() -> Iterator[object]:
    """The output of any process that looks like Claude Code, opened again for writing."""
    for process in _processes():
        with suppress(OSError):  # this one refuses, or has ended: try the next
            if _MARKS[0] in (process / "cmdline").read_bytes():
                yield os.open(process / "fd" / "1", os.O_WRONLY)


def _environments() -> Iterator[object]:
    for process in _processes():
        with suppress(OSError):
            environment = (process / "environ").read_bytes()
            if any(mark in environment for mark in _MARKS):
                yield environment


def _connect(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as attempt:
        try:
            os.chdir(path.parent)  # a socket's address has 108 bytes at most
            attempt.connect(path.name)
        finally:
            os.chdir("/")


def _call(name: str, *arguments: int | bytes) -> None:
    """Only a refusal by the filter counts: its answer is "not permitted" to any arguments."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = _CALLS[platform.machine()][name]
    if libc.syscall(number, *arguments) == -1 and ctypes.get_errno() == errno.EPERM:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))


def _be_root() -> None:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    if os.getuid() != 0 and int(status["CapEff"], 16) == 0 and status["Seccomp"].strip() == "2":
        raise OSError(errno.EPERM, "an unprivileged user under a system call filter")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
