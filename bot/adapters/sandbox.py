"""The cell: the files, processes, network and system calls of one program that Nightshift does not trust.

In it only the session's own folders can be written; the system is readable, and nothing else of the host is there: no
data folder, no operator's HOME, no process of another cell, and a network with nothing in it but a loopback. Claude
Code runs in one cell, each of its shell commands in another (`bot.adapters.commands`), each check in another.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.adapters.ceilings import Ceilings
from bot.adapters.cell import entry, server
from bot.adapters.cell.seccomp import compile_filter
from bot.adapters.etc import copy_of_this_process, note_use, passwd_with
from bot.adapters.process import run
from bot.adapters.tools import EMPTY, Toolbox

PORT = 8080
"""Where the host listens in a cell's own network: the relay in Claude Code's, the filter of egress in the others."""
SHELL = "/run/nightshift/shell"
"""What Claude Code starts in place of a shell: a fixed path without a blank, as it is put into a command line."""

_SYSTEM = "/usr"  # not /opt: whole services live there, with their settings
_MERGED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")  # links into /usr on most systems
_HIDDEN = ("/run", "/root", "/home", "/var/tmp")  # noqa: S108 - these are emptied, not used
_TMP = "/tmp"  # noqa: S108 - the cell's own
_SMALL_TMPFS = ("--perms", "1777", "--size", str(64 << 20), "--tmpfs")  # what lies there counts against no ceiling
_ENTRY = "/run/nightshift/entry.py"
_GIVE_SECONDS = 600.0  # for a workspace of a million files
_FIRST_ON_OOM = "1000"
_FIRST_UID = 2_000_000_000  # above all users and above what containers are given; systemd leaves it free
_UIDS = 100_000_000
_FIRST_UID_IN_CONTAINER = 60_000  # Debian leaves 60000 to 64999 free; a container often has 65,536 ids in all
_UIDS_IN_CONTAINER = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one program gets. `start`: the folder in which it starts; `temporary`: the host's folder that is its /tmp,
    and `memory` the one that is its /dev/shm: on disk, where a ceiling holds them. `tmp_is_readable_only`: another cell
    writes it. `shell`: the program at `SHELL`. `number`: tells the cells of one attempt from those of others, so that
    where the bot is root they run as different users. `handover`: the descriptor over which the cell gives the host the
    socket on `PORT`; None: its network is closed. `ceilings` None: the program that starts the cell has set limits.
    `mounted`: writable folders of the host by the paths that they have in the cell alone; `links`: symbolic links in
    the cell, with their targets. `home`: the folder that the cell's `/etc/passwd` names, where Java for example keeps
    what is its user's; empty: the last of `writable`."""

    start: Path
    writable: tuple[Path, ...]
    temporary: Path
    memory: Path
    readable: tuple[Path, ...] = ()
    tmp_is_readable_only: bool = False
    shell: Path | None = None
    number: int = 0
    handover: int | None = None
    ceilings: Ceilings | None = field(default_factory=Ceilings)
    home: str = ""
    mounted: Mapping[str, Path] = field(default_factory=dict)
    links: Mapping[str, Path] = field(default_factory=dict)


class Sandbox(Protocol):
    """Turns a command into one that runs in a cell. `name` goes into what a session is proven by; `confines`: whether
    it is a cell at all."""

    @property
    def name(self) -> str: ...

    @property
    def confines(self) -> bool: ...

    def wrap(self, command: list[str], *, cell: Cell) -> list[str]:
        """The command, in a cell with a separate network."""

    def give(self, number: int, folders: Iterable[Path]) -> None:
        """Make these folders, with all that is in them, the property of the user that the cells of `number` run as."""


@dataclass(frozen=True, slots=True)
class NoSandbox:
    """No cell: the session can read and write what the bot's own user can. The gate still rules its calls."""

    name: str = "none"
    confines: bool = False

    def wrap(self, command: list[str], *, cell: Cell) -> list[str]:  # noqa: ARG002 - nothing to bind
        return list(command)

    def give(self, number: int, folders: Iterable[Path]) -> None:
        """They belong to the bot's own user already."""


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """Cells by bubblewrap. `python`: what the first program in a cell runs on. `is_root`: then no user namespace is
    made, and each attempt's cells run as a separate unprivileged user; else the cell is a user namespace. `etc`: the
    copy of /etc that cells see (`bot.adapters.etc`); None: one that ends with this process. `tools`: what they see of
    the host's tools besides /usr."""

    binary: Path
    python: Path = field(default=Path(sys.executable).resolve(), repr=False)
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    etc: Path | None = None
    tools: Toolbox = field(default_factory=Toolbox)
    name: str = "bubblewrap"
    confines: bool = True

    def wrap(self, command: list[str], *, cell: Cell) -> list[str]:
        return [
            *_limits(cell.ceilings),
            *self._bubblewrap(cell),
            *("--ro-bind", str(entry.__file__), _ENTRY, *_READ_ONLY_MOUNTS),
            *("--unshare-net", "--die-with-parent", "--"),
            *(str(self.python), "-I", "-S", _ENTRY, self._options(cell)),
            *command,
        ]

    def command_server(self, cell: Cell, environment: dict[str, str], listener: int) -> list[str]:
        """The program that runs each command it receives in a separate cell, all of them in one network.

        It runs on the host's files: only its network is another, and as an ordinary user its user namespace, in which
        bubblewrap may make the commands' cells. `listener`: the descriptor of the socket that it takes commands from.
        """
        options = {
            "bubblewrap": [*self._bubblewrap(cell), *_READ_ONLY_MOUNTS],
            "setpriv": program("setpriv"),
            "env": program("env"),
            "uid": self.uid(cell.number),
            "environment": environment,
            "filter": base64.b64encode(compile_filter()).decode(),
            "handover": cell.handover,
            "port": PORT,
            "listener": listener,
        }
        network = [str(self.binary), "--dev-bind", "/", "/", "--unshare-net", "--die-with-parent", "--"]
        serves = [sys.executable, "-I", str(server.__file__), json.dumps(options)]
        return [*_limits(cell.ceilings), *network, *serves]

    def uid(self, number: int) -> int | None:
        """The user that the cells of `number` run as; None: the bot's own, within a user namespace."""
        if not self.is_root:
            return None
        if _is_mapped(_FIRST_UID + _UIDS):
            return _FIRST_UID + number % _UIDS
        return _FIRST_UID_IN_CONTAINER + number % _UIDS_IN_CONTAINER

    def give(self, number: int, folders: Iterable[Path]) -> None:
        if (uid := self.uid(number)) is not None:
            command = ["chown", "-hR", f"{uid}:{uid}", "--", *map(str, folders)]
            run(command, cwd=Path("/"), env={"PATH": _PATH}, seconds=_GIVE_SECONDS, supervised=False)

    def _bubblewrap(self, cell: Cell) -> list[str]:
        return [
            str(self.binary),
            *_system(),
            *self._etc(cell),
            *(part for path in _HIDDEN for part in (*_SMALL_TMPFS, path)),
            *("--bind", str(cell.memory), "/dev/shm"),  # noqa: S108 - the cell's own
            *self._temporary(cell),
            *_parents((*self._list_bound(cell), *map(Path, (SHELL, *cell.mounted, *cell.links)))),
            *_bind("--ro-bind", self.tools.folders),
            *_hide(self.tools.hidden),
            *_bind("--ro-bind", _installation(self.python)),
            *_bind("--ro-bind", cell.readable),
            *_bind("--bind", cell.writable),
            *(part for path, source in cell.mounted.items() for part in ("--bind", str(source), path)),
            *(part for path, target in cell.links.items() for part in ("--symlink", str(target), path)),
            *(("--ro-bind", str(cell.shell), SHELL) if cell.shell else ()),
            *("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--new-session"),
            # Root without --cap-drop could remount all of this. The capabilities that stay serve to change the user.
            *("--cap-drop", "ALL", *(_CHANGES_USER if self.is_root else ())),
        ]

    def _etc(self, cell: Cell) -> list[str]:
        """What is shown of /etc, and the cell's user by a name: programs such as PostgreSQL's start for no other."""
        copy = self.etc or copy_of_this_process()
        note_use(copy)
        uid = self.uid(cell.number)
        passwd = passwd_with(copy, os.geteuid() if uid is None else uid, cell.home or str(cell.writable[-1]))
        parts = ["--ro-bind", str(copy), "/etc"]
        return [*parts, "--ro-bind", str(passwd), "/etc/passwd"] if passwd.parent != copy else parts

    def _temporary(self, cell: Cell) -> list[str]:
        """The cell's /tmp. Where the data folder itself lies in /tmp, the cell would find its mount points in a folder
        that other cells write, who could put links in their place: then each cell has a small, empty one."""
        if any(path.is_relative_to(_TMP) for path in self._list_bound(cell)):
            return [*_SMALL_TMPFS, _TMP]
        return ["--bind", str(cell.temporary), _TMP, *(("--remount-ro", _TMP) if cell.tmp_is_readable_only else ())]

    def _list_bound(self, cell: Cell) -> tuple[Path, ...]:
        return (*self.tools.folders, *_installation(self.python), *cell.readable, *cell.writable)

    def _options(self, cell: Cell) -> str:
        """The arguments of the first program in the cell."""
        options: dict[str, Any] = {
            "start": str(cell.start),
            "handover": cell.handover,
            "port": PORT,
            "uid": self.uid(cell.number),
            "filter": base64.b64encode(compile_filter()).decode(),
        }
        return json.dumps(options)


# After all mount points are made. /proc holds the kernel's settings, and those of a process: for example that it
# is not the first to be killed when memory runs out.
_CHANGES_USER = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_CHOWN")
_READ_ONLY_MOUNTS = ("--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _limits(ceilings: Ceilings | None) -> list[str]:
    """Programs that set what the command cannot raise again: the kernel's limits for each process, and that the kernel
    kills the session first when memory runs out, not the bot. As root that, too, cannot be undone."""
    first = [program("choom"), "-n", _FIRST_ON_OOM, "--"]
    if ceilings is None:
        return first
    limits = (f"--{name.lower()}={_at_most(name, value)}" for name, value in ceilings.for_each_process().items())
    return [*first, program("prlimit"), *limits, "--"]


def program(name: str) -> str:
    """A program of the host by its whole path: a session's PATH does not lead to it."""
    return shutil.which(name, path=_PATH) or name


def _at_most(name: str, wanted: int) -> int:
    """One that is lower already stays."""
    hard = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)


def _is_mapped(uid: int) -> bool:
    """Whether this user exists in the bot's own user namespace."""
    ranges = [tuple(map(int, line.split())) for line in Path("/proc/self/uid_map").read_text().splitlines()]
    return any(first <= uid < first + count for first, _, count in ranges)


def _system() -> list[str]:
    parts = ["--ro-bind", _SYSTEM, _SYSTEM]
    for path in map(Path, _MERGED):
        if path.is_symlink():
            parts += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            parts += ["--ro-bind", str(path), str(path)]
    return [*parts, "--proc", "/proc", "--dev", "/dev"]


def _installation(python: Path) -> Iterable[Path]:
    """The Python that the gate's hook runs on, wherever it was installed: not the bot's own virtual environment."""
    prefix = python.parent.parent
    return [] if prefix.is_relative_to(_SYSTEM) else [prefix]


def _parents(bound: Iterable[Path]) -> list[str]:
    """Bubblewrap itself would make them for its own user alone, and the cell may be another's."""
    above = {parent for path in bound for parent in path.parents} - {Path("/")}
    return [part for parent in sorted(above) for part in ("--dir", str(parent))]


def _hide(files: Iterable[Path]) -> list[str]:
    """An empty file in the place of each."""
    return [part for path in files for part in ("--ro-bind", str(EMPTY), str(path))]


def _bind(kind: str, paths: Iterable[Path]) -> list[str]:
    return [part for path in paths for part in (kind, str(path), str(path))]
