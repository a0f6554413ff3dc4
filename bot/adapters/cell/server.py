"""Runs a session's shell commands, each in a separate cell: `python -I server.py JSON`.

It runs on the host, in the commands' network namespace but outside of their cells: no command sees it, and what
one command does to its processes reaches no other. What a command leaves in the background runs on until the session
ends, when the supervisor above this program ends it.
"""

from __future__ import annotations

import base64
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import NoReturn

if __name__ == "__main__":  # started by its path: the package lies four folders up
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from bot.adapters.cell.entry import give_pipes, hand_over
from bot.adapters.cell.shell import LENGTH_DIGITS, LONGEST_ANSWER

# Without --norc bash, whose input is a socket here, behaves as a remote shell and reads ~/.bashrc. A pipeline such as
# `pytest | tail` fails if pytest does (docs/decisions/0051-pipefail.md).
BASH = ("/bin/bash", "--norc", "--noprofile", "-o", "pipefail", "-c")
_STANDARD = 3  # descriptors: input, output, errors
_LONGEST_REQUEST = 1 << 20  # the kernel takes 128 KiB as one argument
_MOST_AT_ONCE = 64
_REQUEST_SECONDS = 10.0
_BY_SIGNAL = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """How a cell is made: `bubblewrap` up to its last option, `setpriv` to become `uid`, where there is one, `env` to
    go to a command's folder as that user, and the `filter` of its system calls."""

    bubblewrap: list[str]
    setpriv: str
    env: str
    uid: int | None
    environment: dict[str, str]
    filter: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRequest:
    """One command as `shell.py` hands it over: the folder to start in, the script, and its three descriptors.
    `asks_folder`: the answer has to name the folder in which it ends, if it succeeds."""

    folder: str
    script: str
    asks_folder: bool
    standard: list[int]


def main(arguments: list[str]) -> NoReturn:
    options = json.loads(arguments[0])
    cells = Cells(
        bubblewrap=options["bubblewrap"],
        setpriv=options["setpriv"],
        env=options["env"],
        uid=options["uid"],
        environment=options["environment"],
        filter=base64.b64decode(options["filter"]),
    )
    slots = threading.BoundedSemaphore(_MOST_AT_ONCE)
    if options["handover"] is not None:
        hand_over(options["handover"], options["port"])
    with socket.socket(fileno=options["listener"]) as listener:
        while True:
            client = listener.accept()[0]
            threading.Thread(target=_serve, args=(client, cells, slots), daemon=True).start()


def _serve(client: socket.socket, cells: Cells, slots: threading.BoundedSemaphore) -> None:
    """Answer one request. A client that has closed its end gets no answer."""
    with client, suppress(OSError), slots:
        with _receive(client) as request:
            answer = _run(client, request, cells)
        client.sendall(answer)


@contextmanager
def _receive(client: socket.socket) -> Iterator[CellRequest]:
    client.settimeout(_REQUEST_SECONDS)
    head, standard, _, _ = socket.recv_fds(client, LENGTH_DIGITS, _STANDARD)
    with ExitStack() as opened:
        for descriptor in standard:
            opened.callback(os.close, descriptor)
        if not head.isdigit() or int(head) > _LONGEST_REQUEST or len(standard) != _STANDARD:
            raise OSError("expected a request")
        folder, script, *asks = (*_read(client, int(head)).split(b"\0"), b"")
        yield CellRequest(
            folder=os.fsdecode(folder), script=os.fsdecode(script), asks_folder=len(asks) > 1, standard=standard
        )


def _read(client: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        if not (piece := client.recv(length - len(received))):
            raise OSError("the request is cut short")
        received += piece
    return received


def _run(client: socket.socket, request: CellRequest, cells: Cells) -> bytes:
    """The exit code, NUL, and the folder in which the command ended, if it got to its end."""
    with ExitStack() as opened:
        status, status_writer = _pipe(opened)
        ended_in, folder_writer = map(opened.enter_context, socket.socketpair())
        rules = opened.enter_context(os.fdopen(os.memfd_create("filter"), "r+b", buffering=0))
        rules.write(cells.filter)
        rules.seek(0)
        if cells.uid is not None:
            give_pipes(request.standard, cells.uid)
        script = _reporting_folder(request.script, folder_writer.fileno()) if request.asks_folder else request.script
        process = subprocess.Popen(
            [
                *cells.bubblewrap,
                *("--json-status-fd", str(status_writer.fileno()), "--seccomp", str(rules.fileno()), "--"),
                *(*_become(cells), cells.env, "-C", request.folder),
                *(*BASH, script),
            ],
            stdin=request.standard[0],
            stdout=request.standard[1],
            stderr=request.standard[2],
            env=cells.environment,
            pass_fds=(status_writer.fileno(), rules.fileno(), folder_writer.fileno()),
        )
        status_writer.close()
        code = _wait(process, _first_in_cell(status), client)
        return b"%d\0%s" % (code, b"" if code else _report(ended_in))


def _reporting_folder(script: str, descriptor: int) -> str:
    """What the command starts does not get the descriptor, and as a socket it cannot be opened again through /proc."""
    return f"{{ {script}\n}} {descriptor}>&- && pwd -P >&{descriptor}"


def _report(ended_in: socket.socket) -> bytes:
    ended_in.setblocking(False)
    try:
        return ended_in.recv(LONGEST_ANSWER // 2).rstrip(b"\n")
    except BlockingIOError:
        return b""


def _become(cells: Cells) -> list[str]:
    if cells.uid is None:
        return []
    return [cells.setpriv, f"--reuid={cells.uid}", f"--regid={cells.uid}", "--clear-groups", "--"]


def _pipe(opened: ExitStack) -> tuple[FileIO, FileIO]:
    reader, writer = os.pipe()
    return opened.enter_context(FileIO(reader)), opened.enter_context(FileIO(writer, "w"))


def _first_in_cell(status: FileIO) -> int | None:
    """The first process of the command's cell, whose end is the end of all of them. None: there is no cell."""
    line = b""
    while not line.endswith(b"\n") and (byte := status.read(1)):
        line += byte
    return int(json.loads(line)["child-pid"]) if line else None


def _wait(process: subprocess.Popen[bytes], first: int | None, client: socket.socket) -> int:
    """The command's exit code. If the client closes its end first, the whole cell is ended."""
    ended = os.pidfd_open(process.pid)
    try:
        waiting = select.poll()
        waiting.register(ended, select.POLLIN)
        waiting.register(client, select.POLLIN)
        if ended not in dict(waiting.poll()):
            with suppress(ProcessLookupError):
                os.kill(process.pid if first is None else first, signal.SIGKILL)
    finally:
        os.close(ended)
    code = process.wait()
    return code if code >= 0 else _BY_SIGNAL - code


if __name__ == "__main__":
    main(sys.argv[1:])
