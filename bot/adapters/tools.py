"""The host's tools that cells see besides /usr: found once, from the setting TOOLS, or from PATH and HOME.

Folders of programs are shown read-only, with what links and scripts in them need. A whole HOME, Nightshift's data and
the folder of its settings are never shown, and files that hold a credential are hidden (`bot.core.credential_files`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.adapters.tool_folders import Private, find_hidden, is_shown_already, needed_by, places_beside, prefix_of
from bot.core.tool_homes import TOOL_HOMES, VARIABLES, ToolHome, version_order

EMPTY = Path(__file__).parent / "cell" / "empty"
"""What a cell sees in the place of a hidden file."""
NONE = "none"
_USUAL = frozenset({"/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"})
_ROUNDS = 4  # links of links; more are no tools


@dataclass(frozen=True, slots=True)
class Toolbox:
    """`folders`: shown read-only in every cell, `hidden`: files in them that are not. `path`: where programs are looked
    for first. `variables`: names and values that the tools need. `homes`: the version managers that were found, by
    name. `ignored`: folders that are not shown, and why."""

    folders: tuple[Path, ...] = ()
    path: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    hidden: tuple[Path, ...] = ()
    homes: tuple[tuple[str, Path], ...] = field(default=(), repr=False)
    ignored: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(slots=True)
class _Search:
    """What was found so far."""

    private: Private
    folders: dict[Path, None] = field(default_factory=dict)
    path: dict[str, None] = field(default_factory=dict)
    homes: dict[Path, ToolHome] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)

    def add_home(self, home: ToolHome, folder: Path) -> None:
        self.homes[folder] = home
        for shown in (each for pattern in home.shown for each in _matching(folder, pattern)):
            self.show(shown)

    def show(self, folder: Path) -> bool:
        """Show a folder, and where links lead to it also its own place. Returns whether it can be seen then."""
        if is_shown_already(folder, self.folders):
            return True
        if not folder.exists() or (reason := self.private.why_not(folder)):
            if folder.exists():
                self.ignored[str(folder)] = reason
            return False
        self.folders[folder] = None
        if (own := folder.resolve()) != folder:
            self.show(own)
        return True

    def add_to_path(self, folder: Path) -> None:
        if str(folder) not in _USUAL and folder.is_dir() and self.show(prefix_of(folder, self.private)):
            self.path[str(folder)] = None

    def add_entry(self, text: str) -> None:
        """One entry of PATH, or one folder of TOOLS."""
        folder = Path(text)
        if not folder.is_absolute():
            self.ignored[text or "(empty)"] = "it is not an absolute path"
            return
        if not is_shown_already(folder, ()) and folder.exists() and (reason := self.private.why_not(folder)):
            self.ignored[str(folder)] = reason
            return
        home = self._home_of(folder)
        if home is not None and folder.name == "shims":  # slower than what they lead to, and some need settings
            self.add_path_of(home)
        if home is not None and folder == home:
            self.add_path_of(home)
        elif not folder.name.endswith("bin") and (folder / "bin").is_dir():
            self.add_to_path(folder / "bin")
        else:
            self.add_to_path(folder)

    def add_path_of(self, folder: Path) -> None:
        for pattern in self.homes[folder].path:
            for each in _programs(folder, pattern):
                self.add_to_path(each)

    def _home_of(self, folder: Path) -> Path | None:
        return next((home for home in self.homes if folder.is_relative_to(home)), None)


def find_tools(
    named: Sequence[str] | None, environment: Mapping[str, str], *, home: Path, private: Iterable[Path] = ()
) -> Toolbox:
    """The tools in the folders that TOOLS names; None: those of PATH in `environment` and of managers in `home`.
    `private`: folders that are never shown, nor one that holds them."""
    search = _Search(Private.of(home, private))
    for known, folder in _homes(environment, home, named or ()):
        if named is None or any(_touch(Path(each), folder) for each in named):
            search.add_home(known, folder)
    for entry in environment.get("PATH", "").split(os.pathsep) if named is None else named:
        search.add_entry(entry)
    if named is None:
        for folder in [folder for folder in search.homes if not _on_path(search, folder)]:
            search.add_path_of(folder)
    _show_needs(search)
    return Toolbox(
        folders=tuple(_outermost(search.folders)),
        path=tuple(search.path),
        variables=tuple(_variables(search, environment)),
        hidden=tuple(find_hidden(search.folders)),
        homes=tuple((known.name, folder) for folder, known in search.homes.items()),
        ignored=tuple(search.ignored.items()),
    )


def _homes(environment: Mapping[str, str], home: Path, more: Sequence[str]) -> Iterator[tuple[ToolHome, Path]]:
    """A manager may also lie in another HOME, or none, whose programs are on PATH: alone they lead nowhere."""
    entries = [Path(entry) for entry in (*environment.get("PATH", "").split(os.pathsep), *more)]
    for known in TOOL_HOMES:
        named = environment.get(known.variable, "") if known.exports else ""
        folders = (named,) if named.startswith("/") else known.folders
        beside = (each for entry in entries if entry.is_absolute() for each in places_beside(known, entry))
        candidates = (*(home / name for name in folders), *beside)
        if (found := next((each for each in candidates if each.is_dir()), None)) is not None:
            yield known, found


def _touch(named: Path, home: Path) -> bool:
    return home == named or named.is_relative_to(home)


def _on_path(search: _Search, home: Path) -> bool:
    return any(Path(entry).is_relative_to(home) for entry in search.path)


def _programs(home: Path, pattern: str) -> Iterator[Path]:
    """The folders of a pattern; where it stands for versions, that of the newest for each tool. `@version`: those that
    a file of this name lists, as pyenv and rbenv have it; `@alias/default`: as nvm has it."""
    if pattern == "@version":
        yield from (home / "versions" / name / "bin" for name in _lines(home / "version"))
    elif pattern.startswith("@"):
        for name in _lines(home / pattern[1:]):
            yield from _newest(_matching(home / "versions" / "node", f"v{name.lstrip('v')}*/bin"))
    elif "*" in pattern and "current" not in pattern:
        yield from _newest(_matching(home, pattern))
    else:
        yield from _matching(home, pattern)


def _newest(folders: Iterable[Path]) -> Iterator[Path]:
    """Of several versions of one tool the newest: the last part but the tail that is the same in all."""
    found: dict[tuple[str, ...], Path] = {}
    for folder in sorted(folders, key=lambda path: [version_order(part) for part in path.parts]):
        at = max(index for index, part in enumerate(folder.parts[:-1]) if version_order(part)[0] or part == "latest")
        found[(*folder.parts[:at], *folder.parts[at + 1 :])] = folder
    yield from found.values()


def _pythons(pyenv: Path) -> list[str]:
    """Its global version first, then the newest of each minor version."""
    names = sorted((each.name for each in _matching(pyenv / "versions", "[0-9]*")), key=version_order, reverse=True)
    newest = {version_order(name)[1][:2]: name for name in reversed(names)}
    return list(dict.fromkeys([*(_lines(pyenv / "version") or ["system"]), *reversed(newest.values())]))


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(errors="replace").split() if not line.startswith("#")]
    except OSError:
        return []


def _matching(folder: Path, pattern: str) -> list[Path]:
    if pattern == ".":
        return [folder]
    try:
        return sorted(folder.glob(pattern)) if set(pattern) & set("*[") else [folder / pattern]
    except OSError:
        return []


def _show_needs(search: _Search) -> None:
    """Show what links and scripts in the folders of programs lead to; that may hold links again."""
    looked_at: set[str] = set()
    for _ in range(_ROUNDS):
        new = [each for each in (*search.path, *(str(f / "bin") for f in search.folders)) if each not in looked_at]
        for folder in new:
            looked_at.add(folder)
            for needed in needed_by(Path(folder), search.private):
                search.show(needed)


def _outermost(folders: Iterable[Path]) -> Iterator[Path]:
    """Without those that lie in another one: a folder is mounted once."""
    known = set(folders)
    yield from (folder for folder in sorted(known) if not known & set(folder.parents))


def _variables(search: _Search, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for folder, known in search.homes.items():
        if known.variable and known.exports:
            yield known.variable, str(folder)
        if known.name == "pyenv":  # by their names, such as python3.12, all versions can be used, as tox does
            yield "PYENV_VERSION", ":".join(_pythons(folder))
    if any(known.name == "rustup" for known in search.homes.values()):
        yield "RUSTUP_AUTO_INSTALL", "0"  # its folder cannot be written here: say which toolchain is missing
    if any(known.name == "mise" for known in search.homes.values()):
        yield "MISE_TRUSTED_CONFIG_PATHS", "/"  # in a cell the repository's own settings run no more than its tests do
        yield "MISE_NOT_FOUND_AUTO_INSTALL", "false"
    for name in VARIABLES:
        value = environment.get(name, "")
        if value.startswith("/") and Path(value).is_dir() and is_shown_already(Path(value), search.folders):
            yield name, value
