"""How a Python project is installed, into an environment outside of the work tree that is on PATH first.

From the lockfile by the tool that wrote it, if the host has that; else by pip, with what the lockfile pins as
constraints. A project whose tests use pytest gets it even if no file names it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.core.environment.python_locks import LOCKFILES, constraints, pipfile_requirements
from bot.core.environment.python_project import (
    Project,
    is_hashed,
    read_project,
    requirements_files,
    tox_requirements,
)
from bot.core.environment.values import Command, Tree, quoted, within

ENVIRONMENT = "/run/nightshift/python"
"""Where the environment is in every cell."""
PYTHON = "python3"
"""The one that PATH finds."""
_MAKE = re.compile(r'(?:[^\s\'"]+|\'[^\']+\') -m venv "\$VIRTUAL_ENV"')
_PIP = "python -m pip install"
_TEST_FILE = re.compile(r"(?:.*/)?(?:test_[^/]*|[^/]*_test)\.py")
_USES_PYTEST = re.compile(r"^\s*(?:import|from) pytest\b|^(?:async )?def test_", re.MULTILINE)
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", *LOCKFILES)
_LOOKED_AT = 20  # test files


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSetUp:
    """`files`: as in `SetUp`."""

    commands: tuple[Command, ...] = ()
    files: dict[str, str]


def python_set_up(tree: Tree, tools: Collection[str], python: str = PYTHON) -> PythonSetUp:
    """`tools`: the programs that the cell has; `python`: the one that makes the environment. Empty where nothing of
    Python has to be installed."""
    folder = _folder(tree)
    project_tree = tree.at(folder)
    files = dict[str, str]()
    commands = [within(folder, command) for command in _commands(project_tree, tools, files)]
    tests = _pytest(tree)
    commands += [tests] if tests and not any("pytest" in text for text in files.values()) else []
    make = [Command(text=make_with(python), reason=commands[0].reason, pinned=True)] if commands else []
    return PythonSetUp(commands=(*make, *commands), files=files)


def make_with(python: str) -> str:
    """The command that makes the environment, with this Python."""
    return f'{quoted(python)} -m venv "$VIRTUAL_ENV"'


def makes_environment(command: Command) -> bool:
    return _MAKE.fullmatch(command.text) is not None


def make_environment(tree: Tree, python: str = PYTHON) -> Command | None:
    """For a set-up that other commands do: pip of the system refuses to install, and writes outside of the cell."""
    names = (*_MANIFESTS, "requirements.txt")
    found = next((path for path in sorted(tree.paths) if path.rpartition("/")[2] in names), None)
    return Command(text=make_with(python), reason=found, pinned=True) if found else None


def _folder(tree: Tree) -> str:
    if requirements_files(tree):
        return ""
    return next(iter(tree.folders_with(*_MANIFESTS, "requirements.txt")), "")


def _commands(tree: Tree, tools: Collection[str], files: dict[str, str]) -> Iterator[Command]:
    project = read_project(tree)
    lockfile = next((name for name in LOCKFILES if name in tree.paths), None)
    if lockfile and (synced := _by_its_tool(lockfile, project, tools)):
        yield synced
    elif lockfile == "Pipfile.lock" and (lines := pipfile_requirements(tree.text(lockfile))):
        yield _from_file("pipfile.txt", lines, lockfile, files, pinned=True)
    else:
        yield from _by_pip(tree, project, lockfile, files)
    if not lockfile:
        yield from _from_requirements(tree)
        if deps := tox_requirements(tree):
            yield _from_file("tox.txt", deps, "tox.ini", files)


def _by_its_tool(lockfile: str, project: Project, tools: Collection[str]) -> Command | None:
    extras = "".join(f" --extra {name}" for name in project.extras)
    commands = {
        "uv.lock": ("uv", f"uv sync --frozen{extras}" + "".join(f" --group {name}" for name in project.groups)),
        "poetry.lock": ("poetry", "poetry install --no-interaction" + _options("--extras", project.extras)),
        "pdm.lock": ("pdm", "pdm sync --dev" + _options("--group", project.extras)),
        "Pipfile.lock": ("pipenv", "pipenv sync --dev"),
    }
    tool, command = commands.get(lockfile, ("", ""))
    return Command(text=command, reason=lockfile, pinned=True) if tool in tools else None


def _options(option: str, names: tuple[str, ...]) -> str:
    return "".join(f" {option} {name}" for name in names)


def _by_pip(tree: Tree, project: Project, lockfile: str | None, files: dict[str, str]) -> Iterator[Command]:
    pins = constraints(lockfile, tree.text(lockfile)) if lockfile else ()
    bound = ""
    if pins:
        files["constraints.txt"] = "".join(f"{line}\n" for line in pins)
        bound = ' -c "$NIGHTSHIFT_SETUP/constraints.txt"'
    reason = f"{project.manifest} and {lockfile}" if lockfile and project.manifest else lockfile or project.manifest
    if project.is_installed:
        extras = f"[{','.join(project.extras)}]" if project.extras else ""
        yield Command(text=f"{_PIP} -e {quoted('.' + extras)}{bound}", reason=reason, pinned=bool(pins))
    if project.requirements:
        yield _from_file("groups.txt", project.requirements, reason, files, bound=bound, pinned=bool(pins))
    elif pins and not project.is_installed:
        yield Command(text=f'{_PIP} -r "$NIGHTSHIFT_SETUP/constraints.txt"', reason=reason, pinned=True)


def _from_requirements(tree: Tree) -> Iterator[Command]:
    """One command for each file: pip refuses those with hashes together with those without."""
    for path in requirements_files(tree):
        yield Command(text=f"{_PIP} -r {quoted(path)}", reason=path, pinned=is_hashed(tree.text(path)))


def _from_file(
    name: str,
    lines: tuple[str, ...] | list[str],
    reason: str,
    files: dict[str, str],
    *,
    bound: str = "",
    pinned: bool = False,
) -> Command:
    files[name] = "".join(f"{line}\n" for line in lines if "\n" not in line)
    return Command(text=f'{_PIP} -r "$NIGHTSHIFT_SETUP/{name}"{bound}', reason=reason, pinned=pinned)


def _pytest(tree: Tree) -> Command | None:
    """Installs pytest where the tests plainly use it, unless what was installed brought it along."""
    reason = _uses_pytest(tree)
    text = f"python -c 'import pytest' 2>/dev/null || {_PIP} pytest"
    return Command(text=text, reason=f"{reason}: its tests use pytest") if reason else None


def _uses_pytest(tree: Tree) -> str:
    """The file that shows it; empty if none does."""
    if found := next(
        (path for path in sorted(tree.paths) if path.rpartition("/")[2] in {"pytest.ini", "conftest.py"}), ""
    ):
        return found
    settings = {"pyproject.toml": "[tool.pytest", "setup.cfg": "[tool:pytest]", "tox.ini": "[pytest]"}
    if found := next((path for path, words in settings.items() if words in tree.text(path)), ""):
        return found
    tests = sorted((path for path in tree.paths if _TEST_FILE.fullmatch(path)), key=lambda path: path.count("/"))
    return next((path for path in tests[:_LOOKED_AT] if _USES_PYTEST.search(tree.text(path))), "")
