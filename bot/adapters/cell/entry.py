"""The first program in a cell: `python -I -S entry.py JSON COMMAND…`.

It opens the socket on which the host listens inside of the cell's own network, hands it to the host, gives up what is
left of root, loads the system call filter, and becomes the command: signals and exit code are the command's. No process
of the host's stays in the cell, so a session has nothing to stop or replace. It is a separate program and imports
nothing of `bot`.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import socket
import stat
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

NOT_FOUND = 127
LOOPBACK = "127.0.0.1"
_BACKLOG = 128
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP = 38, 22
_FILTER = 2  # SECCOMP_MODE_FILTER
_INSTRUCTION = 8  # bytes of a struct sock_filter


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def main(arguments: list[str]) -> NoReturn:
    options, command = json.loads(arguments[0]), arguments[1:]
    if options["handover"] is not None:
        hand_over(options["handover"], options["port"])
    if options["uid"] is not None:
        _become(options["uid"])
    _load_filter(base64.b64decode(options["filter"]))
    try:
        os.chdir(options["start"])  # as the user that owns it: root without its capabilities might not be allowed in
        os.execvp(command[0], command)  # noqa: S606 - the command is the host's own
    except OSError as error:
        sys.stderr.write(f"{error.filename or command[0]}: {error.strerror}\n")
    sys.exit(NOT_FOUND)


def hand_over(descriptor: int, port: int) -> None:
    """Listen on this network's loopback, and give the socket to the process at the other end of `descriptor`."""
    with socket.socket(fileno=descriptor) as host, socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(_BACKLOG)
        socket.send_fds(host, [b"listening"], [listener.fileno()])


def _become(uid: int) -> None:
    """Become an unprivileged user for good: with the last id that is 0 the kernel drops the capabilities."""
    give_pipes(range(3), uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def give_pipes(descriptors: Iterable[int], uid: int) -> None:
    """Give pipes to the user: commands open theirs again, as /dev/stdout."""
    for descriptor in descriptors:
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            os.fchown(descriptor, uid, uid)


def _load_filter(code: bytes) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    program = _Program(len(code) // _INSTRUCTION, code)
    _must(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    _must(libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0))


def _must(code: Any) -> None:
    if code != 0:
        raise OSError(ctypes.get_errno(), "the system call filter was refused")


if __name__ == "__main__":
    main(sys.argv[1:])
