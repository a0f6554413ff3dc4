"""How a commit's checkout is set up: what the repository says, else what its manifests and lockfiles say.

Everything is read from the base commit alone: a change cannot choose what runs with the network of a set-up.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.core.environment.borrowed import borrow_set_up
from bot.core.environment.cooldown import is_pinned
from bot.core.environment.ecosystems import is_input
from bot.core.environment.node import node_commands, node_folders_left_out
from bot.core.environment.others import other_commands, other_folders_left_out
from bot.core.environment.python import (
    PYTHON,
    make_environment,
    makes_environment,
    python_folders_left_out,
    python_set_up,
)
from bot.core.environment.values import Command, Origin, SetUp, Tree
from bot.core.repository_settings import FILE

FORM = 2
"""Of what a layer holds and where: another form makes every layer anew."""
_WORD = re.compile(r"[\w./@+-]+")
_OTHER_PYTHON = re.compile(
    r"(?:-m (?:venv|virtualenv)|\b(?:pyenv )?virtualenv|\bconda create|\buv venv)\b(?![^\n;&|]*\$\{?VIRTUAL_ENV)"
    r"|virtualenvs\.in-project|POETRY_VIRTUALENVS_IN_PROJECT|PIPENV_VENV_IN_PROJECT|\bmake (?:venv|virtualenv|\.venv)\b"
)
_LONGEST_SCRIPT = 50_000  # characters


def find_set_up(
    tree: Tree, *, declared: Collection[str] | None, tools: Collection[str] = (), python: str = PYTHON
) -> SetUp | None:
    """`declared`: the repository's `setup:`, None where it has none; `tools`: the programs that the cell has; `python`:
    the one that makes an environment, which the repository's files name. None if nothing has to be done. `otherwise` is
    what the manifests say, where another tool's file is used."""
    if declared is not None:
        commands = [Command(text=text, reason=f"setup in {FILE}", pinned=is_pinned(text)) for text in declared]
        return _with_python(SetUp(origin=Origin.DECLARED, commands=tuple(commands)), tree, python)
    found = _detect(tree, tools, python)
    if (other := borrow_set_up(tree)) is None:
        return found
    marked = tuple(replace(each, pinned=is_pinned(each.text)) for each in other.commands)
    taken = _with_python(replace(other, commands=marked, otherwise=found), tree, python)
    if taken and found and any(_makes_another_python(each.text, tree) for each in other.commands):
        return _followed_by(taken, found)
    return taken


def _makes_another_python(command: str, tree: Tree) -> bool:
    """Whether a command, or a script of the repository that it calls, makes an environment for Python in the checkout:
    what it installs there is not what the checks' `python` finds."""
    scripts = (tree.text(word.removeprefix("./"))[:_LONGEST_SCRIPT] for word in _WORD.findall(command))
    return any(_OTHER_PYTHON.search(text) for text in (command, *scripts))


def _followed_by(set_up: SetUp, found: SetUp) -> SetUp:
    """With what the manifests say after it, for the environment that the checks use."""
    more = (each for each in found.commands if each not in set_up.commands and not makes_environment(each))
    return replace(set_up, commands=(*set_up.commands, *more), files=found.files)


def _with_python(set_up: SetUp, tree: Tree, python: str) -> SetUp | None:
    if not set_up.commands:
        return None
    made = make_environment(tree, python)
    return replace(set_up, commands=(made, *set_up.commands)) if made else set_up


def _detect(tree: Tree, tools: Collection[str], python: str) -> SetUp | None:
    found = python_set_up(tree, tools, python)
    commands = (*found.commands, *node_commands(tree, tools), *other_commands(tree))
    left = (*python_folders_left_out(tree), *node_folders_left_out(tree), *other_folders_left_out(tree))
    left_out = tuple(sorted(set(left)))
    made = SetUp(origin=Origin.DETECTED, commands=commands, files=found.files, left_out=left_out)
    return made if commands else None


def makes_python(set_up: SetUp) -> bool:
    """Whether it makes the environment for Python."""
    return any(map(makes_environment, set_up.commands))


def uses_pnpm(set_up: SetUp) -> bool:
    return any(re.search(r"\bpnpm\b", command.text) for command in set_up.commands)


_TASK_FILES = {
    "make": re.compile(r"(?:.*/)?(?:GNUmakefile|[Mm]akefile|[^/]+\.mk)"),
    "just": re.compile(r"(?:.*/)?(?:\.?[Jj]ustfile|[^/]+\.just)"),
    "task": re.compile(r"(?:.*/)?[Tt]askfile(?:\.dist)?\.ya?ml"),
    "rake": re.compile(r"(?:.*/)?(?:Rakefile|[^/]+\.rake)"),
    "inv(?:oke)?": re.compile(r"(?:.*/)?tasks\.py"),
}
"""The files that say what a set-up's command does, by the program that reads them."""


def inputs(set_up: SetUp, paths: Iterable[str]) -> list[str]:
    """The files that decide what a set-up makes: manifests, lockfiles, settings of package managers, and the files that
    its commands name."""
    commands = " ".join(command.text for command in _all_commands(set_up))
    tasks = [files for runner, files in _TASK_FILES.items() if re.search(rf"\b{runner}\b", commands)]
    named = {word.removeprefix("./") for command in _all_commands(set_up) for word in _WORD.findall(command.text)}
    return sorted(
        path for path in paths if is_input(path) or path in named or any(each.fullmatch(path) for each in tasks)
    )


def _all_commands(set_up: SetUp) -> tuple[Command, ...]:
    return (*set_up.commands, *(_all_commands(set_up.otherwise) if set_up.otherwise else ()))


def key(set_up: SetUp, contents: Mapping[str, bytes], *others: str) -> str:
    """Names the layer that a set-up makes of these files. `others`: what else it depends on, such as the versions of
    tools."""
    commands = [command.text for command in _all_commands(set_up)]
    files = {path: hashlib.sha256(content).hexdigest() for path, content in contents.items()}
    document = json.dumps([FORM, commands, sorted(set_up.files.items()), sorted(files.items()), others])
    return hashlib.sha256(document.encode()).hexdigest()[:32]
