"""`cargo NAME` where `[alias]` of `.cargo/config.toml`, `--config alias.NAME=…` or a variable gives NAME a meaning.

Where this cannot be read in what the session wrote, NAME may stand for anything, unless cargo has such a command.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.options import parse, split_names
from hooks.policy.programs import Table, build_table
from hooks.policy.shell.values import UNKNOWN

if TYPE_CHECKING:
    from hooks.policy.options import Options
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

FILES = (".cargo/config.toml", ".cargo/config")
VALUED = "--config --color -Z -C --explain"
FOLDERS_LIMIT = 40
BUILT_IN = split_names(
    "add b bench build c check clean config d doc fetch fix generate-lockfile git-checkout help info init install"
    " locate-project login logout metadata new owner package pkgid publish r read-manifest remove report rm run rustc"
    " rustdoc search t test tree uninstall update vendor verify-project version yank"
)
"""Commands that an alias does not replace; `clippy` and `fmt` are programs, which it does."""


def check_cargo_alias(command: Command, shell: Shell) -> None:
    """The words that the name stands for, with those behind it: once, since a name may stand for itself."""
    options = parse(command.arguments, VALUED)
    operands = [word for word in options.operands if not word.startswith("+")]
    if not operands or operands[0] in BUILT_IN:
        return
    place = command.arguments.index(operands[0])
    before, behind = command.arguments[:place], command.arguments[place + 1 :]
    with shell.memory.judge_once("cargo alias", operands[0]) as fresh:
        for words in _find_meanings(operands[0], options, command, shell) if fresh else ():
            if UNKNOWN in "".join(words[:1]):
                shell.refuse_unless_lenient("unresolved.code", command.argv)
            shell.judge_argv(("cargo", *before, *words, *behind), command.feed)


def _find_meanings(name: str, options: Options, command: Command, shell: Shell) -> Iterator[list[str]]:
    variable = "CARGO_ALIAS_" + name.upper().replace("-", "_")
    yield from (each.split() for each in shell.scope.variables.get(variable, ()))
    yield from (value.split() for given, value in command.assignments if given == variable)
    found: list[object] = []
    for word in options.values("--config"):
        found.append(_read_settings(word))
        if UNKNOWN in word:
            shell.refuse_unless_lenient("unresolved.code", command.argv)
    found += _read_files([*_find_settings(options, shell)], shell)
    for settings in found:
        aliases = settings.get("alias") if isinstance(settings, dict) else None
        value = aliases.get(name) if isinstance(aliases, dict) else None
        if isinstance(value, str):
            yield value.split()
        elif isinstance(value, list):
            yield [str(word) for word in value]


def _find_settings(options: Options, shell: Shell) -> Iterator[str]:
    """Those of the folder and of the folders above it, and those that `--config FILE` names."""
    yield from (path for word in options.values("--config") for path in shell.resolve(word) if path)
    entered = [path for word in options.values("-C") for path in shell.resolve(word) if path]
    for each in sorted({*shell.scope.folders, *entered}):
        folder = each
        for _ in range(FOLDERS_LIMIT):
            yield from (f"{folder.rstrip('/')}/{file}" for file in FILES)
            if not folder.strip("/"):
                break
            folder = folder.rpartition("/")[0]


def _read_files(paths: list[str], shell: Shell) -> Iterator[object]:
    """What the files say, and those that they include."""
    seen: set[str] = set()
    while paths:
        path = paths.pop(0)
        if path in seen:
            continue
        seen.add(path)
        text = shell.memory.read_content(path)[1]
        settings = _read_settings(text) if text is not None else None
        if settings is None and shell.memory.is_own(path):
            shell.refuse_unless_lenient("unresolved.code", path)
        if settings is not None:
            yield settings
            folder = path.rpartition("/")[0]
            paths += [
                found for each in _find_included(settings) for found in shell.resolve(f"{folder}/{each}") if found
            ]


def _find_included(settings: dict[str, object]) -> Iterator[str]:
    """`include = "x.toml"`, a list of such, or of tables that name one."""
    given = settings.get("include", [])
    for each in given if isinstance(given, list) else [given]:
        name = each.get("path") if isinstance(each, dict) else each
        if isinstance(name, str):
            yield name


def _read_settings(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


TABLE: Table = build_table(__name__, check_cargo_alias)
