"""The `/etc` that cells see: a copy of what `bot.core.system_configuration` lets them see of the host's.

A copy, because a cell then has one mount for it where it had one for each name: each takes about a millisecond on a
busy machine, and each command of a session starts a cell. And what is written into the host's `/etc` later is not in
it. Files that others may not read are left out, and settings in which somebody keeps a credential.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from bot.adapters.process import run
from bot.core.credential_files import LARGEST_SETTINGS, shows_credential
from bot.core.failures import TaskFailed
from bot.core.system_configuration import (
    digest_parts,
    has_user,
    is_needed,
    leads_to_needed,
    line_of_user,
    may_be_shown,
    names_of_package,
    runs_service,
    shown_names,
)

ETC = Path("/etc")
_DPKG = Path("/var/lib/dpkg/info")
_LARGEST = 16 << 20  # bytes of one file
_UNUSED_SECONDS = 7 * 86400.0  # longer than any session
_RPM_SECONDS = 60.0
_FOR_OTHERS = stat.S_IROTH
_ENTER_FOR_OTHERS = stat.S_IROTH | stat.S_IXOTH


def copy_etc(folder: Path, etc: Path = ETC, dpkg: Path = _DPKG) -> Path:
    """The copy of /etc as it is now, in `folder`, which keeps copies between starts. Older ones that no cell has used
    for a week are removed. Raises OSError."""
    listing = dict(_listing(etc, _names(dpkg)))
    key = hashlib.sha256(b"".join(digest_parts(listing))).hexdigest()[:16]
    copy = folder / f"etc-{key}"
    if not copy.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _make(copy, listing, etc)
        _remove_unused(folder, copy)
    return copy


@lru_cache(maxsize=1)
def copy_of_this_process() -> Path:
    """One for a process without a data folder; it goes when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="nightshift-etc-", dir="/var/tmp"))
    folder.chmod(0o755)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return copy_etc(folder)


def passwd_with(copy: Path, uid: int, home: str) -> Path:
    """A file beside the copy that names this user too, for the cells that run as it."""
    known = (copy / "passwd").read_text(errors="replace") if (copy / "passwd").exists() else ""
    if has_user(known, uid):
        return copy / "passwd"
    file = copy.with_name(f"{copy.name}-passwd-{uid}")
    content = known + line_of_user(uid, home)
    if not file.exists() or file.read_text(errors="replace") != content:
        made = tempfile.NamedTemporaryFile("w", dir=copy.parent, delete=False)  # noqa: SIM115 - it is renamed below
        with made:
            made.write(content)
        Path(made.name).chmod(0o644)
        Path(made.name).replace(file)
    return file


def note_use(copy: Path) -> None:
    """Keep this copy from being removed."""
    with contextlib.suppress(OSError):  # its time is only a hint to a later start
        os.utime(copy)


def _names(dpkg: Path) -> frozenset[str]:
    """The names beneath /etc that installed packages brought."""
    if dpkg.is_dir():
        listings = (path.read_bytes() for path in dpkg.glob("*.list"))
        return shown_names((names, runs_service(text)) for text in listings if (names := names_of_package(text)))
    if (rpm := shutil.which("rpm")) is not None:
        return shown_names([(names_of_package(_rpm_files(rpm)), False)])
    return frozenset()


def _rpm_files(rpm: str) -> bytes:
    try:
        return run([rpm, "-qa", "--configfiles"], cwd=Path("/"), env={"PATH": os.defpath}, seconds=_RPM_SECONDS).stdout
    except TaskFailed:
        return b""  # only what every system needs is shown then


def _listing(etc: Path, names: frozenset[str]) -> Iterator[tuple[str, tuple[int, ...] | str]]:
    """Each path beneath /etc that is shown: a file's size, times and mode, or where a link leads to."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        for entry in _entries(etc / folder):
            path = f"{folder}/{entry.name}".lstrip("/")
            if entry.is_dir(follow_symlinks=False):
                if _is_open(entry) and (may_be_shown(path, names) or leads_to_needed(path)):
                    waiting.append(path)
            elif may_be_shown(path, names) and (described := _describe(entry, path)) is not None:
                yield path, described


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _is_open(entry: os.DirEntry[str]) -> bool:
    return entry.stat(follow_symlinks=False).st_mode & _ENTER_FOR_OTHERS == _ENTER_FOR_OTHERS


def _describe(entry: os.DirEntry[str], path: str) -> tuple[int, ...] | str | None:
    """None if the path is hidden. A link that leaves /etc and /usr would dangle in a cell, so its target counts."""
    if entry.is_symlink() and not (is_needed(path) and _leads_out(Path(entry.path))):
        return str(Path(entry.path).readlink())
    try:
        found = entry.stat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode) or not found.st_mode & _FOR_OTHERS or found.st_size > _LARGEST:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, stat.S_IMODE(found.st_mode)


def _leads_out(link: Path) -> bool:
    target = link.resolve()
    return not target.is_relative_to("/etc") and not target.is_relative_to("/usr")


def _make(copy: Path, listing: dict[str, tuple[int, ...] | str], etc: Path) -> None:
    made = Path(tempfile.mkdtemp(dir=copy.parent))
    for path, described in listing.items():
        target = made / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(described, str):
            target.symlink_to(described)
        else:
            _copy_file(etc / path, target, path, described[-1])
    for folder in (made, *(path for path in made.rglob("*") if path.is_dir() and not path.is_symlink())):
        folder.chmod(0o755)
    try:
        made.rename(copy)
    except OSError:  # another process made the same one meanwhile
        shutil.rmtree(made)


def _copy_file(source: Path, target: Path, path: str, mode: int) -> None:
    try:
        content = source.read_bytes()
    except OSError:  # it went since it was listed
        return
    if not is_needed(path) and len(content) <= LARGEST_SETTINGS and shows_credential(content):
        return
    target.write_bytes(content)
    target.chmod(mode & 0o555)


def _remove_unused(folder: Path, keep: Path) -> None:
    for path in folder.glob("etc-*"):
        if path == keep or time.time() - path.stat().st_mtime < _UNUSED_SECONDS:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
