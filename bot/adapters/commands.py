"""Run a session's shell commands in separate cells, beside the one that Claude Code runs in.

A command sees the workspace, its HOME and the processes that it started. Claude Code, its HOME with the conversation,
the gate, the relay and the sockets that lead to them are in the other cell.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.adapters.cell import shell
from bot.adapters.cell.server import BASH
from bot.adapters.process import Child
from bot.adapters.sandbox import Bubblewrap, Cell

_BACKLOG = 64
_WRAPPER = """#!/bin/sh
exec '{python}' -I -S '{program}' '{folder}' "$1"
"""
PLAIN_SHELL = "plain-shell"
"""The program that Claude Code starts in place of a shell where there are no cells: it runs the script that it gets."""
_PLAIN = f"""#!/bin/sh
exec {shlex.join(BASH)} "$1"
"""


@contextlib.contextmanager
def command_server(
    sandbox: Bubblewrap, cell: Cell, *, folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[Child]:
    """Runs the commands that come over the socket in `folder`, each in such a `cell`. Leaving the block ends all that
    they started. `log`: a file for the server's own errors."""
    with _listener(folder / shell.SOCKET) as listener, log.open("wb") as stderr:
        sandbox.give(cell.number, [folder / shell.SOCKET])
        inherited = (listener.fileno(), *((cell.handover,) if cell.handover is not None else ()))
        command = sandbox.command_server(cell, dict(environment), listener.fileno())
        with Child(command, cwd=Path("/"), env={"PATH": os.defpath}, stderr=stderr, keep_open=inherited) as child:
            listener.close()  # once the server is gone, connections are refused
            yield child


def install_shell(folder: Path, python: Path) -> Path:
    """Write the program that Claude Code starts in place of a shell; returns where it is. Beside it is PLAIN_SHELL."""
    for name, content in ((shell.__file__, None), ("shell", _wrapper(folder, python)), (PLAIN_SHELL, _PLAIN)):
        target = folder / Path(name).name
        target.unlink(missing_ok=True)
        target.write_text(Path(name).read_text() if content is None else content)
        target.chmod(0o555)
    return folder / "shell"


def _wrapper(folder: Path, python: Path) -> str:
    parts = {"python": python, "program": folder / Path(shell.__file__).name, "folder": folder}
    return _WRAPPER.format(**{name: str(path).replace("'", "'\\''") for name, path in parts.items()})


def _listener(path: Path) -> socket.socket:
    """By the folder's descriptor: a socket's address has 108 bytes at most, a path may have more."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listener.bind(f"/proc/self/fd/{descriptor}/{path.name}")
    finally:
        os.close(descriptor)
    listener.listen(_BACKLOG)
    return listener
