"""Which folder has to be shown so that a program works, which may not be shown at all, and what in one is hidden."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bot
from bot.core.credential_files import LARGEST_SETTINGS, is_credential_file, may_hold_credential, shows_credential
from bot.core.tool_homes import TOOL_HOMES, ToolHome

SYSTEM = tuple(map(Path, ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/alternatives")))
_PROGRAMS = frozenset({"bin", "sbin", "shims"})
_PREFIX_HAS = frozenset({"lib", "lib64", "libexec", "share", "include", "jmods", "conf", "pkg"})
_SHARED = (".local", ".config", ".cache", "Library", "projects", "src", "work", "code", "repos", "dev")
_NEVER = frozenset({"proc", "sys", "dev", "run", "etc", "boot", "var", "tmp"})
_TOO_WIDE = frozenset(map(Path, ("/", "/home", "/opt", "/srv", "/var", "/mnt", "/media", "/root", "/snap", "/nix")))
_HOMES = Path("/home")
_SETTINGS_OF_USR = (Path("/usr/local/etc"), Path("/usr/etc"))
_DEPTH = 4
_MOST_ENTRIES = 60_000
_MOST_PROGRAMS = 3000
_SKIPPED = frozenset(
    {"site-packages", "node_modules", "__pycache__", "lib", "lib64", "share", "include", "src", "test"}
)
_SHEBANG = re.compile(rb"#!\s*(/[^\s]+)")


@dataclass(frozen=True, slots=True)
class Private:
    """What no cell may see, and folders that many things share. `root`: the cells' user is another than the bot's."""

    home: Path
    never: tuple[Path, ...]
    own: tuple[Path, ...]
    root: bool

    @classmethod
    def of(cls, home: Path, never: Iterable[Path]) -> Private:
        own = [Path(bot.__file__).parents[1]] if (Path(bot.__file__).parents[1] / "pyproject.toml").exists() else []
        if sys.prefix != sys.base_prefix:
            own.append(Path(sys.prefix))
        return cls(home, tuple(path.absolute() for path in never), tuple(own), os.geteuid() == 0)

    def why_not(self, folder: Path) -> str:
        """Why this folder is not shown; empty if it may be."""
        for path in {folder, folder.resolve()}:
            if path in _TOO_WIDE or path.parent == _HOMES or self.home == path or self.home.is_relative_to(path):
                return "it holds more than tools"
            if any(path == each or each.is_relative_to(path) for each in self.never):
                return "it holds Nightshift's data or settings"
            if any(path.is_relative_to(each) for each in (*self.never, *self.own)):
                return "it belongs to Nightshift itself"
            if path.parts[1] in _NEVER:
                return f"cells see nothing beneath /{path.parts[1]}"
        if self.root and not _is_readable(folder):
            return "other users may not read it, and as root cells run as another user"
        return ""


def _is_readable(path: Path) -> bool:
    mode = path.stat().st_mode
    wanted = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    return mode & wanted == wanted


def is_shown_already(path: Path, folders: Collection[Path]) -> bool:
    return any(path.is_relative_to(each) for each in (*SYSTEM, *folders))


def prefix_of(programs: Path, private: Private) -> Path:
    """The folder of the whole installation that a folder of programs belongs to, where it clearly is one: programs need
    the libraries beside it. Else the folder itself."""
    prefix = programs.parent
    if programs.name not in _PROGRAMS or prefix.name in _SHARED or private.why_not(prefix):
        return programs
    with os.scandir(prefix) as entries:
        names = {entry.name for entry in entries}
    is_project = any(name == ".git" or name.startswith(".env") for name in names)
    return prefix if names & _PREFIX_HAS and not is_project else programs


def needed_by(programs: Path, private: Private) -> Iterator[Path]:
    """What has to be seen too, so that the links and scripts in a folder of programs work."""
    try:
        with os.scandir(programs) as entries:
            listed = [Path(entry.path) for entry, _ in zip(entries, range(_MOST_PROGRAMS), strict=False)]
    except OSError:
        return
    for path in listed:
        target = path.resolve() if path.is_symlink() else _interpreter(path)
        if target is not None and target.exists() and not is_shown_already(target, ()):
            yield _installation_of(target, private)


def _installation_of(target: Path, private: Private) -> Path:
    if target.is_relative_to("/nix/store"):
        return Path("/nix/store")
    if target.is_dir():
        return target
    return prefix_of(target.parent, private) if target.parent.name in _PROGRAMS else target


def _interpreter(script: Path) -> Path | None:
    try:
        with script.open("rb") as file:
            found = _SHEBANG.match(file.read(300))
    except OSError:
        return None
    if found is None:
        return None
    named = Path(os.fsdecode(found[1]))
    return named.parent.resolve() / named.name if named.exists() else None


def find_hidden(folders: Iterable[Path]) -> Iterator[Path]:
    """Files in these folders, and among the settings in /usr, that hold a credential."""
    known = list(folders)
    for folder in (*(each for each in known if not set(each.parents) & set(known)), *_SETTINGS_OF_USR):
        yield from (path for path in _files(folder) if _holds_credential(path))


def _files(folder: Path) -> Iterator[Path]:
    waiting, left = [(folder, 0)], _MOST_ENTRIES
    if folder.is_file():
        yield folder
    while waiting and left > 0:
        here, depth = waiting.pop(0)
        for entry in _entries(here):
            left -= 1
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
            elif _is_searched(entry, depth):
                waiting.append((Path(entry.path), depth + 1))


def _is_searched(entry: os.DirEntry[str], depth: int) -> bool:
    in_git = Path(entry.path).parent.name == ".git"
    return depth < _DEPTH and entry.is_dir(follow_symlinks=False) and entry.name not in _SKIPPED and not in_git


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _holds_credential(path: Path) -> bool:
    try:
        mode, size = path.stat().st_mode, path.stat().st_size
        if is_credential_file(str(path)):
            return not (mode & stat.S_IXUSR and path.parent.name in {*_PROGRAMS, "libexec"})
        return may_hold_credential(path.name) and size <= LARGEST_SETTINGS and shows_credential(path.read_bytes())
    except OSError:
        return False  # nor can the cell read it


_BESIDE = {"rustup": ("cargo",)}
"""Whose programs need the folder of another manager: Cargo's are links to rustup's, which looks for its toolchains."""


def places_beside(known: ToolHome, entry: Path) -> Iterator[Path]:
    """Where a manager may be that a folder of programs on PATH belongs to: `/x/.cargo/bin` leads to `/x/.rustup`, and
    `/usr/local/cargo/bin`, as containers have it, to `/usr/local/rustup`."""
    partners = [known, *(each for each in TOOL_HOMES if each.name in _BESIDE.get(known.name, ()))]
    firsts = {name.split("/")[0] for each in partners for name in each.folders if name.startswith(".")}
    for base in entry.parents:
        part = entry.relative_to(base).parts[0]
        if part in firsts:
            yield from (base / name for name in known.folders if name.startswith("."))
        elif f".{part}" in firsts - _NAMED_OTHERWISE:
            yield from (base / name[1:] for name in known.folders if name.startswith(".") and "/" not in name)


_NAMED_OTHERWISE = frozenset({".local", ".config", ".n"})  # without the dot they are other things
