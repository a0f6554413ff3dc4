"""Whether this machine can make cells, and what to do where it cannot."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.cell.seccomp import NoFilter, compile_filter
from bot.adapters.etc import copy_etc
from bot.adapters.process import run
from bot.adapters.sandbox import Bubblewrap, Cell, NoSandbox, Sandbox, program
from bot.adapters.tools import Toolbox
from bot.core.failures import FailureKind, TaskFailed

_PROBE_SECONDS = 10.0
_PROGRAMS = ("chown", "choom", "env", "prlimit", "setpriv")
_FOR_OTHERS = 0o055
RESTRICTED = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_APPARMOR = """write this to /etc/apparmor.d/bwrap, then `apparmor_parser -r /etc/apparmor.d/bwrap`:
abi <abi/4.0>,
include <tunables/global>

profile bwrap {binary} flags=(unconfined) {{
  userns,

  include if exists <local/bwrap>
}}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Why no cell can be made here, and how to fix that."""

    says: str
    fix: str


class NoCells(TaskFailed):
    """This machine cannot make the cells that are required."""

    def __init__(self, lack: Lack) -> None:
        self.lack = lack
        super().__init__(FailureKind.SETUP_FAILED, f"{lack.says}: {lack.fix}")


def find_sandbox(required: bool, *, etc: Path | None = None, tools: Toolbox | None = None) -> Sandbox:
    """The best cells that this machine gives. `etc`: the folder for copies of /etc; None: one that ends with this
    process. `tools`: what cells see besides /usr. Raises NoCells where they are required and cannot be made."""
    binary = shutil.which("bwrap")
    lack = find_lack(binary)
    if binary is not None and lack is None:
        return Bubblewrap(Path(binary), etc=_copy(etc) if etc else None, tools=tools or Toolbox())
    if required and lack is not None:
        raise NoCells(lack)
    return NoSandbox()


def _copy(folder: Path) -> Path | None:
    """None where the folder cannot be written: the ledger, which lies there too, reports that."""
    try:
        return copy_etc(folder)
    except OSError:
        return None


def whose_cells(sandbox: Sandbox) -> str:
    """As whom the programs in cells run, in words."""
    if not isinstance(sandbox, Bubblewrap):
        return "no cells: a session runs as this user"
    if (uid := sandbox.uid(0)) is not None:
        return f"{sandbox.name}, as root: each attempt's cells run as an unprivileged user, from uid {uid} on"
    return f"{sandbox.name}, as an ordinary user: each cell is a user namespace"


def find_lack(binary: str | None, restricted: Path = RESTRICTED) -> Lack | None:
    """What is missing, None if nothing is. `restricted`: the kernel's file that says whether AppArmor forbids user
    namespaces to programs without a profile."""
    if binary is None:
        return Lack(says="the sandbox needs `bwrap`, which is not on PATH", fix="apt-get install bubblewrap")
    for name in _PROGRAMS:
        if shutil.which(program(name)) is None:
            return Lack(says=f"the sandbox needs `{name}`", fix="apt-get install util-linux coreutils")
    try:
        compile_filter()
    except NoFilter as missing:
        return Lack(says=f"the sandbox needs a filter for system calls, and {missing}", fix=missing.fix)
    if os.geteuid() == 0 and _umask() & _FOR_OTHERS:
        return Lack(
            says=f"with umask {_umask():03o} cells could not read what they need", fix="start it with umask 022"
        )
    return _probe(binary, restricted)


def _probe(binary: str, restricted: Path) -> Lack | None:
    """A cell like a session's, within another network as the commands' cells are."""
    sandbox = Bubblewrap(Path(binary))
    with tempfile.TemporaryDirectory(prefix="nightshift-probe-") as made:
        folder = Path(made)
        sandbox.give(0, (folder,))
        cell = Cell(start=folder, writable=(folder,), temporary=folder, memory=folder)
        command = [binary, "--dev-bind", "/", "/", "--unshare-net", "--", *sandbox.wrap([program("true")], cell=cell)]
        done = run(command, cwd=Path("/"), env={"PATH": "/usr/bin:/bin"}, seconds=_PROBE_SECONDS, codes=None)
    if done.code == 0:
        return None
    said = done.stderr.strip() or done.over_limit or f"exit code {done.code}"
    says = f"bubblewrap is installed but cannot make a cell here ({said})"
    if restricted.exists() and restricted.read_text().strip() == "1":
        return Lack(says=f"{says}, as AppArmor forbids user namespaces", fix=_APPARMOR.format(binary=binary))
    if "nknown option" in said:
        return Lack(says=says, fix="install bubblewrap 0.8 or newer")
    return Lack(says=says, fix="allow unprivileged user namespaces (`sysctl user.max_user_namespaces` is over 0)")


def _umask() -> int:
    found = re.search(r"^Umask:\s*([0-7]+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1], 8) if found else 0
