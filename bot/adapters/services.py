"""The services of a repository, in its cells: PostgreSQL, MySQL and Redis from the host's programs, with fresh data.

In a session they run in a cell beside those of its commands, in the same network, until the session ends. Each command
of the checks starts them in its own cell; those of one checkout find the data that the one before left.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from bot.adapters.cell import services as program
from bot.adapters.cell import shell
from bot.core.failures import FailureKind, TaskFailed
from bot.core.services import KINDS, RepositoryServices, Service
from bot.core.tool_homes import version_order

FOLDER = ".nightshift-services"
"""Beneath HOME of the cells: where the data is."""
LOG = "services.txt"
_SYSTEM = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
_START_SECONDS = 180.0  # for all of them, on a loaded machine
_LOOK_SECONDS = 0.05


class SessionFolders(Protocol):
    """`control`: with the socket of its command server; `workspace`, `home`: what its commands see; `folder`: where its
    log is written."""

    @property
    def control(self) -> Path: ...
    @property
    def workspace(self) -> Path: ...
    @property
    def home(self) -> Path: ...
    @property
    def folder(self) -> Path: ...


def find_services(
    kinds: Iterable[str], path: Sequence[str] = (), system: Sequence[str] = _SYSTEM
) -> RepositoryServices:
    """Where the programs of these kinds are. `path`: folders to look in first; `system`: the host's usual ones."""
    found, missing = list[Service](), list[str]()
    for kind in dict.fromkeys(kinds):
        programs = _programs(kind, (*path, *system))
        if programs is None:
            missing.append(kind)
        else:
            found.append(Service(kind=kind, programs=programs))
    return RepositoryServices(found=tuple(found), missing=tuple(missing))


def starting(services: RepositoryServices, home: Path, python: Path) -> list[str]:
    """What goes before a command that runs beside the services, or stands alone. Empty where there are none."""
    if not services.found:
        return []
    options = {"folder": str(home / FOLDER), "services": [service.as_json() for service in services.found]}
    return [str(python), "-I", "-S", "-c", _source(), json.dumps(options)]


@contextlib.contextmanager
def running_services(services: RepositoryServices, session: SessionFolders, python: Path) -> Iterator[None]:
    """Run them beside a session's commands until the block ends. Raises TaskFailed if one does not start."""
    if not services.found:
        yield
        return
    ready, log = session.home / FOLDER / program.READY, session.folder / LOG
    ready.unlink(missing_ok=True)
    script = f"exec {shlex.join(starting(services, session.home, python))}"
    with _ask(session.control, session.workspace, script, log) as connection:
        _wait(connection, ready, log)
        yield


def _wait(connection: socket.socket, ready: Path, log: Path) -> None:
    connection.settimeout(_LOOK_SECONDS)
    deadline = time.monotonic() + _START_SECONDS
    while not ready.exists():
        with contextlib.suppress(TimeoutError):
            connection.recv(shell.LONGEST_ANSWER)  # it has ended
            raise TaskFailed(FailureKind.SETUP_FAILED, log.read_text(errors="replace").strip() or "no service started")
        if time.monotonic() > deadline:
            raise TaskFailed(FailureKind.SETUP_FAILED, f"the services did not start in {_START_SECONDS:g} seconds")


@contextlib.contextmanager
def _ask(control: Path, start: Path, script: str, log: Path) -> Iterator[socket.socket]:
    """A request to the command server, as a session's shell makes one. Closing the connection ends the command."""
    request = f"{start}\0{script}".encode("utf-8", "surrogateescape")
    with socket.socket(socket.AF_UNIX) as connection, Path("/dev/null").open("rb") as nothing, log.open("wb") as output:
        with _open_folder(control) as folder:
            connection.connect(f"/proc/self/fd/{folder}/{shell.SOCKET}")
        standard = [nothing.fileno(), output.fileno(), output.fileno()]
        socket.send_fds(connection, [b"%0*d" % (shell.LENGTH_DIGITS, len(request))], standard)
        connection.sendall(request)
        yield connection


@contextlib.contextmanager
def _open_folder(folder: Path) -> Iterator[int]:
    """By its descriptor: a socket's address has 108 bytes at most, a path may have more."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _programs(kind: str, path: Sequence[str]) -> tuple[str, ...] | None:
    for folders in _places(kind, path):
        found = [_first(names, folders) for names in KINDS[kind].programs]
        if all(found):
            return tuple(each for each in found if each)
    return None


def _places(kind: str, path: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The programs of one installation belong together: first those of the newest version of it."""
    for pattern in KINDS[kind].folders:
        found = sorted(Path("/").glob(pattern.lstrip("/")), key=lambda each: version_order(str(each)), reverse=True)
        yield from ((str(folder), *path) for folder in found)
    yield tuple(path)


def _first(names: tuple[str, ...], folders: Sequence[str]) -> str | None:
    search = ":".join(folders)
    return next((found for name in names if (found := shutil.which(name, path=search))), None)


@cache
def _source() -> str:
    return Path(program.__file__).read_text()
