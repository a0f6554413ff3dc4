"""The versions of tools that a repository names, and which of them are not among those that are installed.

Read are the files of version managers and of the languages' own tools, from the base commit. The first file that names
a tool decides. A word that means any version, or the host's (`system`, `latest`, `lts/*`), is kept and matches what
fits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.core.version_files import VERSION_FILES, NamedVersion, read_versions
from bot.core.version_ranges import fits

_SHOWN = 5  # versions
Installed = Mapping[str, tuple[str, ...]]
"""The versions of each tool that is on the host, by its name; empty: the tool is there in an unknown version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """One tool that a repository names. `version` as it is written in `origin`, a file; empty: any."""

    name: str
    version: str
    origin: str

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTool:
    """A tool that is not installed in the named version. `others`: the versions that are."""

    tool: Tool
    others: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """Completes a sentence that begins with the file: see `bot.core.changes.Note`."""
        return f"asks for {self.tool}, which is not installed here{self._there}"

    def __str__(self) -> str:
        return f"{self.tool} (`{self.tool.origin}`) is not installed here{self._there}"

    @property
    def _there(self) -> str:
        """The newest of them."""
        shown = list(dict.fromkeys(self.others))[-_SHOWN:]
        return f" (there is {', '.join(shown)})" if shown else ""


def named_versions(read: Callable[[str], str | None]) -> tuple[Tool, ...]:
    """The tools that a repository's files name, each once. `read` returns the text of a file, None if there is none."""
    found: dict[str, Tool] = {}
    for path in VERSION_FILES:
        if (text := read(path)) is None:
            continue
        for named in read_versions(path, text):
            found.setdefault(named.tool, _tool(named, path))
    return tuple(found.values())


def find_missing(tools: Iterable[Tool], installed: Installed) -> tuple[MissingTool, ...]:
    """Those that no installed version fits."""
    return tuple(_missing(tools, installed))


def newest_fitting(tool: Tool, versions: Iterable[str]) -> str | None:
    """Of these versions, which are in order, the very one that the repository names, else the newest that fits."""
    versions = tuple(versions)
    if tool.version in versions:
        return tool.version
    fitting = [version for version in versions if fits(version, tool.version, tool.name)]
    return fitting[-1] if fitting else None


def _tool(named: NamedVersion, path: str) -> Tool:
    return Tool(name=named.tool, version=named.version, origin=path)


def _missing(tools: Iterable[Tool], installed: Installed) -> Iterator[MissingTool]:
    for tool in tools:
        there = installed.get(tool.name)
        if there is None:
            yield MissingTool(tool=tool)
        elif there and newest_fitting(tool, there) is None:
            yield MissingTool(tool=tool, others=there)
