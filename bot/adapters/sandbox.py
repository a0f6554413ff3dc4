"""The cell: the file system and the processes that a session can see and touch.

In it only the workspace and a private HOME can be written; the system is readable, and nothing else of the host is
there: no data folder, no operator's HOME, no other process, and no network but a loopback of its own. The one way out
is a socket behind which the host's filter stands (`bot.adapters.egress`).
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from bot.adapters import cell_entry
from bot.adapters.ceilings import Ceilings
from bot.adapters.process import run
from bot.core.failures import FailureKind, TaskFailed
from bot.core.registries import Destination

_SYSTEM = "/usr"  # not /opt: whole services live there, with their settings
_MERGED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")  # links into /usr on most systems
_HIDDEN = ("/tmp", "/var/tmp", "/run", "/root", "/home")  # noqa: S108 - these are emptied, not used
# Not all of /etc: a bot that runs as root could read the host's keys and password hashes there.
_ETC = (
    *("alternatives", "ca-certificates", "ca-certificates.conf", "crypto-policies", "debian_version", "gai.conf"),
    *("group", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "magic", "mime.types"),
    *("nsswitch.conf", "os-release", "passwd", "pki/ca-trust", "pki/tls/certs", "pki/tls/cert.pem", "profile"),
    *("protocols", "python3", "resolv.conf", "services", "shells", "ssl/certs", "ssl/openssl.cnf", "timezone"),
)
_ENTRY = "/run/nightshift/cell_entry.py"
_PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one session gets. `workspace` and `home` can be written; `control` and `readable` only read.

    `way_out`: the folder of the filter's socket, within what can be read; None: no network. `tunnels`: services on the
    host's loopback that the filter lets through, and that the cell finds at the same place on its own.
    """

    workspace: Path
    home: Path
    control: Path
    readable: tuple[Path, ...] = ()
    way_out: Path | None = None
    tunnels: tuple[Destination, ...] = ()
    ceilings: Ceilings = field(default_factory=Ceilings)


class Sandbox(Protocol):
    """Turns a command into one that runs in a cell. `name` goes into what a session is proven by; `confines`: whether
    it is a cell at all."""

    @property
    def name(self) -> str: ...

    @property
    def confines(self) -> bool: ...

    def wrap(self, command: list[str], *, cell: Cell) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class NoSandbox:
    """No cell: the session can read and write whatever the bot's own user can. The gate still stands."""

    name: str = "none"
    confines: bool = False

    def wrap(self, command: list[str], *, cell: Cell) -> list[str]:  # noqa: ARG002 - nothing to bind
        return list(command)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """A cell by bubblewrap, as root and as a normal user. `python`: what the first program in the cell runs on."""

    binary: Path
    python: Path = field(default=Path(sys.executable).resolve(), repr=False)
    name: str = "bubblewrap"
    confines: bool = True

    def wrap(self, command: list[str], *, cell: Cell) -> list[str]:
        return [
            str(self.binary),
            *_system(),
            *(part for path in _HIDDEN for part in ("--tmpfs", path)),
            *_bind("--ro-bind", _installation(self.python)),
            *_bind("--ro-bind", cell.readable),
            *_bind("--bind", (cell.workspace, cell.home)),
            *_bind("--ro-bind", (cell.control,)),
            *("--ro-bind", cell_entry.__file__, _ENTRY),
            # Root without --cap-drop could remount all of this; a terminal shared with the host could be typed into.
            *("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"),
            *("--cap-drop", "ALL", "--new-session", "--die-with-parent"),
            *("--chdir", str(cell.workspace), "--"),
            *(str(self.python), "-I", "-S", _ENTRY, _options(cell)),
            *command,
        ]


def find_sandbox(required: bool) -> Sandbox:
    """The best cell that this machine gives. Raises TaskFailed(SETUP_FAILED) where one is required and none works."""
    binary = shutil.which("bwrap")
    problem = _problem(binary)
    if binary is not None and problem is None:
        return Bubblewrap(Path(binary))
    if required:
        raise TaskFailed(FailureKind.SETUP_FAILED, problem or "")
    return NoSandbox()


def _problem(binary: str | None) -> str | None:
    """Why no cell can be made, with how to mend it, or None."""
    if binary is None:
        return "the sandbox needs `bwrap`, which is not on PATH: `apt-get install bubblewrap`"
    probe = [binary, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--unshare-pid", "--unshare-net"]
    done = run(
        [*probe, "--cap-drop", "ALL", "--", "true"],
        cwd=Path("/"),
        env={"PATH": "/usr/bin:/bin"},
        seconds=_PROBE_SECONDS,
    )
    if done.code == 0:
        return None
    said = done.stderr.decode(errors="replace").strip() or f"exit code {done.code}"
    return f"bubblewrap is installed but cannot make a sandbox here ({said}): allow unprivileged user namespaces"


def _options(cell: Cell) -> str:
    """What the first program in the cell is told."""
    folder = str(cell.way_out) if cell.way_out else None
    tunnels = [str(tunnel) for tunnel in cell.tunnels]
    return json.dumps({"folder": folder, "tunnels": tunnels, "limits": cell.ceilings.for_each_process()})


def _system() -> list[str]:
    parts = ["--ro-bind", _SYSTEM, _SYSTEM]
    for path in map(Path, _MERGED):
        if path.is_symlink():
            parts += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            parts += ["--ro-bind", str(path), str(path)]
    parts += [part for name in _ETC for part in ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")]
    return [*parts, "--proc", "/proc", "--dev", "/dev"]


def _installation(python: Path) -> Iterable[Path]:
    """The Python that the gate's hook runs on, wherever it was installed: not the bot's own virtual environment."""
    prefix = python.parent.parent
    return [] if prefix.is_relative_to(_SYSTEM) else [prefix]


def _bind(kind: str, paths: Iterable[Path]) -> list[str]:
    return [part for path in paths for part in (kind, str(path), str(path))]
