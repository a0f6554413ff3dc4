"""How a Python project is installed, into an environment outside of the work tree that is on PATH first.

From the lockfile by the tool that wrote it, if the host has that; else by pip, with what the lockfile pins as
constraints. A project whose tests use pytest gets it even if no file names it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.core.detection import detect_checks
from bot.core.environment.python_locks import LOCKFILES, constraints, pipfile_requirements
from bot.core.environment.python_project import (
    Project,
    is_hashed,
    read_project,
    requirements_files,
)
from bot.core.environment.python_tests import needs_of_tests, plugins
from bot.core.environment.values import Command, Tree, quote_word, within
from bot.core.projects import find_needs, sort_by_needs
from bot.core.python_requirements import names_requirement

PYTHON = "python3"
"""The one that PATH finds."""
_MAKE = re.compile(r'(?:[^\s\'"]+|\'[^\']+\') -m venv "\$VIRTUAL_ENV"')
_PIP = "python -m pip install"
_MANIFESTS = ("pyproject.toml", "setup.py", "setup.cfg", "Pipfile", *LOCKFILES)
_NAMES = (*_MANIFESTS, "requirements.txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSetUp:
    """`files`: as in `SetUp`."""

    commands: tuple[Command, ...] = ()
    files: dict[str, str]


def python_set_up(tree: Tree, tools: Collection[str], python: str = PYTHON) -> PythonSetUp:
    """`tools`: the programs that the cell has; `python`: the one that makes the environment. Empty where nothing of
    Python has to be installed."""
    folders = _folders(tree)
    files, commands = dict[str, str](), list[Command]()
    for folder in folders:
        own = dict[str, str]()
        made = list(_commands(tree.at(folder), tools, own))
        renamed = _rename_texts(own, folder) if len(folders) > 1 else {name: name for name in own}
        files |= {renamed[name]: text for name, text in own.items()}
        commands += [within(folder, _with_texts(command, renamed, shared=len(folders) > 1)) for command in made]
    commands += _for_pytest(tree, [tree.at(folder) for folder in folders], files)
    make = [Command(text=make_with(python), reason=commands[0].reason, pinned=True)] if commands else []
    return PythonSetUp(commands=(*make, *commands), files=files)


def make_with(python: str) -> str:
    """The command that makes the environment, with this Python."""
    return f'{quote_word(python)} -m venv "$VIRTUAL_ENV"'


def makes_environment(command: Command) -> bool:
    return _MAKE.fullmatch(command.text) is not None


def make_environment(tree: Tree, python: str = PYTHON) -> Command | None:
    """For a set-up that other commands do: pip of the system refuses to install, and writes outside of the cell."""
    folders = tree.folders_with(*_NAMES)
    own = (f"{folder}/{name}".lstrip("/") for folder in folders for name in _NAMES)
    found = next((path for path in (*own, *requirements_files(tree)) if path in tree.paths), None)
    return Command(text=make_with(python), reason=found, pinned=True) if found else None


def _folders(tree: Tree) -> list[str]:
    """Of all projects, those that others need first: pip would look for them in the registry."""
    found = tree.folders_with(*_NAMES)
    if "" not in found and requirements_files(tree):
        found = ["", *(folder for folder in found if folder in tree.projects)]
    return sort_by_needs(found, find_needs(found, tree.paths, tree.text)) if len(found) > 1 else found


def python_folders_left_out(tree: Tree) -> list[str]:
    return tree.left_out(*_NAMES)


def _rename_texts(texts: Collection[str], folder: str) -> dict[str, str]:
    """Names that the texts of other folders do not have."""
    start = re.sub(r"[^\w.-]", "-", folder)
    return {name: f"{start}.{name}" if folder else name for name in texts}


def _with_texts(command: Command, renamed: dict[str, str], *, shared: bool) -> Command:
    """`shared`: the environment is of several projects, of which none may remove what another needs."""
    text = re.sub(r'(?<=\$NIGHTSHIFT_SETUP/)[^"]+(?=")', lambda found: renamed.get(found[0], found[0]), command.text)
    return replace(command, text=re.sub(r"^uv sync --frozen\b", "uv sync --frozen --inexact", text) if shared else text)


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
        yield from _from_requirements(tree, requirements_files(tree))
        yield from _from_others(tree, files)


def _by_its_tool(lockfile: str, project: Project, tools: Collection[str]) -> Command | None:
    members = " --all-packages" if project.has_members else ""
    extras = "".join(f" --extra {name}" for name in project.extras)
    commands = {
        "uv.lock": (
            "uv",
            f"uv sync --frozen{members}{extras}" + "".join(f" --group {name}" for name in project.groups),
        ),
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
        yield Command(text=f"{_PIP} -e {quote_word('.' + extras)}{bound}", reason=reason, pinned=bool(pins))
    if project.requirements:
        yield _from_file("groups.txt", project.requirements, reason, files, bound=bound, pinned=bool(pins))
    elif pins and not project.is_installed:
        yield Command(text=f'{_PIP} -r "$NIGHTSHIFT_SETUP/constraints.txt"', reason=reason, pinned=True)


def _from_others(tree: Tree, files: dict[str, str]) -> Iterator[Command]:
    """What tox, hatch and nox install for the tests, without what is named already."""
    installed = requirements_files(tree)
    named = set("".join(files.values()).splitlines())
    for need in needs_of_tests(tree):
        more = [path for path in need.files if path not in installed]
        yield from _from_requirements(tree, more)
        if lines := [line for line in need.lines if line not in named]:
            yield _from_file(f"{need.name}.txt", lines, need.source, files)
        installed += more
        named |= set(lines)


def _from_requirements(tree: Tree, paths: Iterable[str]) -> Iterator[Command]:
    """One command for each file: pip refuses those with hashes together with those without."""
    for path in paths:
        yield Command(text=f"{_PIP} -r {quote_word(path)}", reason=path, pinned=is_hashed(tree.text(path)))


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


def _for_pytest(tree: Tree, projects: Sequence[Tree], files: dict[str, str]) -> Iterator[Command]:
    """Installs pytest where a check is to run it, and the plugins that its settings need, unless what was installed
    brought them along."""
    reason = _runs_pytest(tree)
    if not reason:
        return
    if not any("pytest" in text for text in files.values()):
        text = f"python -c 'import pytest' 2>/dev/null || {_PIP} pytest"
        yield Command(text=text, reason=f"{reason}: its tests use pytest")
    found = {
        name: path
        for project in projects
        for name, path in plugins(project).items()
        if not _is_named(name, project, files)
    }
    if found:
        path = next(iter(found.values()))
        yield Command(text=f"{_PIP} {' '.join(map(quote_word, found))}", reason=f"{path}: pytest's settings need it")


def _is_named(name: str, project: Tree, files: dict[str, str]) -> bool:
    """Whether a file that is installed from names the package."""
    texts = [(f"{number}.txt", text) for number, text in enumerate(files.values())]
    texts += [(path, project.text(path)) for path in requirements_files(project)]
    if read_project(project).extras:
        texts += [(path, project.text(path)) for path in ("pyproject.toml", "setup.py", "setup.cfg")]
    return any(names_requirement(path, text, name) for path, text in texts)


def _runs_pytest(tree: Tree) -> str:
    """The file that shows that a check runs pytest, as the detection of checks decides; empty if none does."""
    is_python = any(path.endswith((".py", "pytest.ini")) or path in _MANIFESTS for path in tree.paths)
    checks = detect_checks(tree.paths, tree.read) if is_python else []
    reason = next((check.reason for check in checks if re.search(r"\bpytest\b", check.command)), "")
    found = re.search(r"[\w./-]+\.(?:py|toml|ini|cfg|txt|in)\b|Makefile|Pipfile", reason)
    return found[0] if found else ("the CI workflow" if reason else "")
