"""Which versions of a tool are on this host, and what of the environment makes programs use one of them.

Looked for in the folders of version managers, in those that Debian and others install beside each other, and by asking
the program that PATH finds for its version. Only names that this module knows are asked; the answer is kept.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bot.adapters.process import run
from bot.adapters.tools import Toolbox
from bot.core.failures import TaskFailed
from bot.core.tool_homes import TOOL_HOMES, version_order
from bot.core.tool_versions import MissingTool, Tool, find_missing, named_versions, newest_fitting

_SECONDS = 20.0
_USUAL = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
_ALIASES = {"node": ("node", "nodejs"), "go": ("go", "golang"), "dotnet": ("dotnet", "dotnet-core")}
_PROGRAMS = {
    "python": ("python3", "--version"),
    "go": ("go", "version"),
    "java": ("java", "-version"),
    "rust": ("rustc", "--version"),
    "dotnet": ("dotnet", "--list-sdks"),
    "perl": ("perl", "-e", "print $^V"),
    "elixir": ("elixir", "--short-version"),
    **{name: (name, "--version") for name in ("node", "ruby", "php", "pnpm", "yarn", "npm", "bun", "deno", "gradle")},
}
_BESIDE = {  # what a system has of several versions
    "python": ("/usr/bin/python3.*", "/usr/local/bin/python3.*"),
    "php": ("/usr/bin/php[0-9]*.*",),
    "ruby": ("/usr/bin/ruby[0-9]*.*",),
    "java": ("/usr/lib/jvm/*", "/opt/java/*", "/opt/jdk*"),
    "go": ("/usr/local/go", "/usr/lib/go-*", "/usr/local/go[0-9]*"),
}
_VERSION = re.compile(r"\d+(?:\.\d+)+[\w.+-]*|(?<=version \")\d+")
_PLATFORM = r"-(?:x86_64|aarch64|i686|arm|linux|riscv|s390x|powerpc)[\w.-]*"
_OF_FILE = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """One version of a tool. `folder`: what has to come first in PATH, None where PATH finds it or its name has the
    version. `program`: where it is, None if that is not one file. `variables`: what else chooses it."""

    version: str
    folder: Path | None = None
    program: Path | None = None
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSelection:
    """What the tools that a repository names add to the environment of its commands. `path`: comes first. `programs`:
    the chosen program of a tool, for example the Python that an environment is made with. `missing`: what is not
    installed here in the named version: what PATH finds is used instead. `named`: all of them."""

    named: tuple[Tool, ...] = ()
    path: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    programs: Mapping[str, Path] = field(default_factory=dict)
    missing: tuple[MissingTool, ...] = ()


def select_tools(toolbox: Toolbox, read: Callable[[str], str | None]) -> ToolSelection:
    """The tools that the files of a repository name, as they are here, before what `toolbox` has on its path anyway.
    `read` returns the text of a file at its root, None if there is none."""
    tools = named_versions(read)
    there = {tool.name: tuple(installations(toolbox, tool.name)) for tool in tools}
    known = {name: tuple(each.version for each in found) for name, found in there.items() if found}
    for tool in tools:
        if not known.get(tool.name) and _has_program(toolbox, tool.name):
            known[tool.name] = ()  # it is there, in a version that is not known
    chosen = {tool.name: found for tool in tools if (found := _choose(toolbox, tool, there[tool.name])) is not None}
    variables = dict(toolbox.variables)
    others = variables.get("PYENV_VERSION", "")
    for each in chosen.values():
        variables |= each.variables
    if others and variables["PYENV_VERSION"] != others:  # the others stay there by their names, as for tox
        variables["PYENV_VERSION"] += f":{others}"
    return ToolSelection(
        named=tools,
        path=(*(str(each.folder) for each in chosen.values() if each.folder), *toolbox.path),
        variables=variables,
        programs={name: each.program for name, each in chosen.items() if each.program},
        missing=tuple(each for each in find_missing(tools, known) if not _comes_by_itself(each)),
    )


def installations(toolbox: Toolbox, tool: str) -> Iterator[Installation]:
    """The versions of a tool that are here, the one that PATH finds last, the others by their versions."""
    managed = [*_find_managed(toolbox, tool), *_beside(tool)]
    yield from sorted(managed, key=lambda each: version_order(each.version))
    if tool == "rust" and (managed or not _has_program(toolbox, tool)):
        return  # rustup's programs are none of one version
    if (program := _which(toolbox, tool)) is not None and (version := _ask(program, tool, toolbox.variables)):
        yield Installation(version=version, program=program)


def _has_program(toolbox: Toolbox, tool: str) -> bool:
    """rustup's links are there without any version of Rust."""
    found = _which(toolbox, tool)
    return found is not None and not (tool == "rust" and found.resolve().name.startswith("rustup"))


def _choose(toolbox: Toolbox, tool: Tool, there: Iterable[Installation]) -> Installation | None:
    """The very version that is named; else what PATH finds, which is the last one, if that fits; else the newest that
    does. Of Pythons the newest, among those that can make an environment: a project says from which one on it works."""
    found = list(there)
    if tool.name == "python":
        able = [each for each in found if each.program is None or _makes_environments(each.program, toolbox.variables)]
        found = sorted(able or found, key=lambda each: version_order(each.version))
    version = newest_fitting(tool, [each.version for each in found])
    return next((each for each in reversed(found) if each.version == version), None)


def _makes_environments(program: Path, variables: Iterable[tuple[str, str]]) -> bool:
    """Debian has Pythons without what `python -m venv` needs."""
    return _ran(program, ("-c", "import ensurepip, venv"), variables) is not None


def _comes_by_itself(missing: MissingTool) -> bool:
    """Go from 1.21 on fetches the version that a module asks for, from the proxy of its other modules."""
    newest = version_order(missing.others[-1])[1] if missing.others else ()
    return missing.tool.name == "go" and newest >= (1, 21)


def _find_managed(toolbox: Toolbox, tool: str) -> Iterator[Installation]:
    by_name = {home.name: home for home in TOOL_HOMES}
    for name, folder in toolbox.homes:
        versions = by_name[name].versions
        for alias in _ALIASES.get(tool, (tool,)):
            pattern = versions.get(tool) or versions.get("*", "")
            for found, version in _versions(folder, pattern.replace("{tool}", alias)):
                yield _managed_one(found, version, tool)


def _versions(folder: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    """Folders of versions, without the links (`latest`, `3.12`) that lead to another of them."""
    if not pattern:
        return
    parts = re.escape(pattern).replace(r"\{version\}", r"(?P<version>[^/]+?)").replace(r"\-\{platform\}", _PLATFORM)
    for found in folder.glob(pattern.replace("-{platform}", "-*").replace("{version}", "*")):
        named = re.fullmatch(parts, found.relative_to(folder).as_posix())
        if named is not None and found.is_dir() and not found.is_symlink():
            yield found, named["version"]


def _managed_one(folder: Path, version: str, tool: str) -> Installation:
    programs = next((each for each in (folder / "bin", folder / "go" / "bin") if each.is_dir()), folder)
    if tool == "rust":
        return Installation(version=version, variables={"RUSTUP_TOOLCHAIN": folder.name})
    variables = {"java": {"JAVA_HOME": str(folder)}, "python": {"PYENV_VERSION": version}}.get(tool, {})
    program = programs / _PROGRAMS.get(tool, (tool,))[0]
    return Installation(
        version=version, folder=programs, program=program if program.exists() else None, variables=variables
    )


def _beside(tool: str) -> Iterator[Installation]:
    for pattern in _BESIDE.get(tool, ()):
        for found in sorted(Path("/").glob(pattern.lstrip("/"))):
            if found.is_symlink() or not (version := _OF_FILE.search(found.name) or re.search(r"\d+", found.name)):
                continue
            if found.is_dir() and (found / "bin").is_dir():
                variables = {"JAVA_HOME": str(found)} if tool == "java" else {}
                yield Installation(version=version[0], folder=found / "bin", variables=variables)
            elif found.is_file() and re.fullmatch(r"[a-z]+\d+(\.\d+)*", found.name):
                yield Installation(version=version[0], program=found)


def _which(toolbox: Toolbox, tool: str) -> Path | None:
    name = _PROGRAMS.get(tool, (tool,))[0]
    found = shutil.which(name, path=":".join((*toolbox.path, _USUAL)))
    return Path(found) if found else None


def _ask(program: Path, tool: str, variables: Iterable[tuple[str, str]]) -> str:
    """Empty if it is not one of the known programs, or says nothing."""
    arguments = _PROGRAMS.get(tool, ())[1:]
    found = _VERSION.findall(_ran(program, arguments, variables) or "") if arguments else []
    return str(found[-1 if "list-sdks" in arguments[0] else 0]) if found else ""


def _ran(program: Path, arguments: tuple[str, ...], variables: Iterable[tuple[str, str]]) -> str | None:
    try:
        changed = program.resolve().stat().st_mtime_ns
    except OSError:
        return None
    return _answer(str(program), arguments, tuple(variables), changed)


@lru_cache(maxsize=256)
def _answer(
    program: str, arguments: tuple[str, ...], variables: tuple[tuple[str, str], ...], _changed: int
) -> str | None:
    """What it prints; None if it ends with an error. `_changed`: another one is asked again."""
    path = ":".join((os.path.dirname(program), _USUAL))  # noqa: PTH120 - text in, text out
    environment = {"PATH": path, "HOME": "/nonexistent", "COREPACK_ENABLE_NETWORK": "0", **dict(variables)}
    try:
        done = run([program, *arguments], cwd=Path("/"), env=environment, seconds=_SECONDS, codes=None)
    except (TaskFailed, OSError):
        return None
    return f"{done.text}\n{done.stderr}" if done.code == 0 else None
