"""The files in which repositories name the versions of their tools, and how each is read."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_ASDF_NAMES = {
    **{"nodejs": "node", "golang": "go", "dotnet-core": "dotnet", "openjdk": "java", "python3": "python"},
    **{"core:node": "node", "core:python": "python", "core:go": "go", "core:java": "java", "core:ruby": "ruby"},
}
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,60}")
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A tool and the version as a file writes it."""

    tool: str
    version: str


def read_versions(path: str, text: str) -> Iterator[NamedVersion]:
    """The tools that this one of `VERSION_FILES` names. A file that cannot be read names none: its own tool reports
    what is wrong with it."""
    try:
        for named in _READERS[path](text):
            if _WORD.fullmatch(named.tool) and len(named.version) <= _LONGEST and named.version.isprintable():
                yield named
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError):
        return


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\ufeff", "").splitlines():
        if stripped := re.split(r"(?:^|\s)#", line)[0].strip():
            yield stripped


def _first_line(tool: str) -> Callable[[str], Iterator[NamedVersion]]:
    def read(text: str) -> Iterator[NamedVersion]:
        for line in list(_lines(text))[:1]:
            yield NamedVersion(tool, line.split()[0].removeprefix(f"{tool}-"))

    return read


def _tool_versions(text: str) -> Iterator[NamedVersion]:
    for name, *versions in map(str.split, _lines(text)):
        if versions and not versions[0].startswith(("path:", "ref:")):
            yield NamedVersion(_ASDF_NAMES.get(name, name), versions[0])


def _sdkmanrc(text: str) -> Iterator[NamedVersion]:
    for line in _lines(text):
        name, _, version = line.partition("=")
        if version.strip():
            yield NamedVersion(name.strip(), version.strip())


def _mise(text: str) -> Iterator[NamedVersion]:
    for name, value in tomllib.loads(text).get("tools", {}).items():
        first = value[0] if isinstance(value, list) and value else value
        version = first.get("version") if isinstance(first, dict) else first
        tool = _ASDF_NAMES.get(name, name)
        if isinstance(version, str) and ":" not in tool:
            yield NamedVersion(tool, version)


def _package(text: str) -> Iterator[NamedVersion]:
    package = json.loads(text)
    if isinstance(manager := package.get("packageManager"), str) and "@" in manager[1:]:
        name, _, version = manager.rpartition("@")
        yield NamedVersion(name, version.partition("+")[0])
    for key, names in (
        ("volta", ("node", "pnpm", "yarn", "npm")),
        ("engines", ("node", "bun", "deno", "pnpm", "yarn")),
    ):
        named = package.get(key)
        for name in names if isinstance(named, dict) else ():
            if isinstance(named.get(name), str):
                yield NamedVersion(name, named[name])


def _rust(text: str) -> Iterator[NamedVersion]:
    """A channel alone, or TOML."""
    lines = list(_lines(text))
    if lines and "[" not in text:
        yield NamedVersion("rust", lines[0])
        return
    channel = tomllib.loads(text)["toolchain"].get("channel")
    if isinstance(channel, str):
        yield NamedVersion("rust", channel)


def _go(text: str) -> Iterator[NamedVersion]:
    """The oldest that can build it: `go` since 1.21; the toolchain that it prefers is one of many."""
    if found := re.search(r"(?m)^go\s+(\d[\w.]*)", text):
        yield NamedVersion("go", f">={found[1]}")


def _global_json(text: str) -> Iterator[NamedVersion]:
    sdk = json.loads(re.sub(r"(?m)^\s*//.*$", "", text)).get("sdk", {})
    version, roll = sdk.get("version"), sdk.get("rollForward", "latestPatch")
    if not isinstance(version, str):
        return
    major, minor, patch = version.split("-")[0].split(".")[:3]
    ends = {
        "disable": version,
        "patch": f">={version} <{major}.{minor}.{int(patch[:-2] or 0) + 1}00",
        "latestPatch": f">={version} <{major}.{minor}.{int(patch[:-2] or 0) + 1}00",
        "feature": f">={version} <{major}.{int(minor) + 1}",
        "latestFeature": f">={version} <{major}.{int(minor) + 1}",
        "minor": f">={version} <{int(major) + 1}",
        "latestMinor": f">={version} <{int(major) + 1}",
    }
    yield NamedVersion("dotnet", ends.get(roll, f">={version}"))


def _gemfile(text: str) -> Iterator[NamedVersion]:
    if found := re.search(r"""(?m)^\s*ruby\s*\(?\s*["']([^"']+)["'](?:\s*,\s*["']([^"']+)["'])?""", text):
        yield NamedVersion("ruby", " ".join(filter(None, found.groups())))


def _composer(text: str) -> Iterator[NamedVersion]:
    document = json.loads(text)
    platform = document.get("config", {}).get("platform", {}).get("php")
    php: Any = platform or document.get("require", {}).get("php")
    if isinstance(php, str):
        yield NamedVersion("php", re.sub(r"(?<!\|)\|(?!\|)", "||", php))


def _pyproject(text: str) -> Iterator[NamedVersion]:
    document = tomllib.loads(text)
    poetry = document.get("tool", {}).get("poetry", {}).get("dependencies", {}).get("python")
    python = document.get("project", {}).get("requires-python") or poetry
    if isinstance(python, str):
        yield NamedVersion("python", python)


def _pipfile(text: str) -> Iterator[NamedVersion]:
    requires = tomllib.loads(text).get("requires", {})
    if isinstance(version := requires.get("python_full_version") or requires.get("python_version"), str):
        yield NamedVersion("python", version)


def _setup_cfg(text: str) -> Iterator[NamedVersion]:
    if found := re.search(r"(?m)^\s*python_requires\s*=\s*(\S[^\n]*)$", text):
        yield NamedVersion("python", found[1].strip())


def _setup_py(text: str) -> Iterator[NamedVersion]:
    if found := re.search(r"""(?m)^[^#\n]*\bpython_requires\s*=\s*["']([^"']+)["']""", text):
        yield NamedVersion("python", found[1])


def _runtime(text: str) -> Iterator[NamedVersion]:
    for line in list(_lines(text))[:1]:
        tool, _, version = line.rpartition("-")
        if tool:
            yield NamedVersion(tool, version)


_READERS: dict[str, Callable[[str], Iterator[NamedVersion]]] = {
    ".tool-versions": _tool_versions,
    "mise.toml": _mise,
    ".mise.toml": _mise,
    ".config/mise.toml": _mise,
    ".config/mise/config.toml": _mise,
    "mise/config.toml": _mise,
    ".rtx.toml": _mise,
    ".sdkmanrc": _sdkmanrc,
    ".python-version": _first_line("python"),
    ".nvmrc": _first_line("node"),
    ".node-version": _first_line("node"),
    "rust-toolchain.toml": _rust,
    "rust-toolchain": _rust,
    ".go-version": _first_line("go"),
    "go.work": _go,
    "go.mod": _go,
    ".ruby-version": _first_line("ruby"),
    ".java-version": _first_line("java"),
    ".php-version": _first_line("php"),
    ".bun-version": _first_line("bun"),
    ".deno-version": _first_line("deno"),
    ".dvmrc": _first_line("deno"),
    ".perl-version": _first_line("perl"),
    "global.json": _global_json,
    "package.json": _package,
    "Gemfile": _gemfile,
    "composer.json": _composer,
    "pyproject.toml": _pyproject,
    "runtime.txt": _runtime,
    "Pipfile": _pipfile,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
}
VERSION_FILES = tuple(_READERS)
"""In the order in which they decide: what a version manager reads comes before what a package says of itself."""
