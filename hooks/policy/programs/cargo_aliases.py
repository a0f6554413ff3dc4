"""`cargo NAME` where `[alias]` of `.cargo/config.toml` or `--config alias.NAME=…` says what NAME stands for."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.paths import is_inside
from hooks.policy.programs import Table, build_table

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command

FILES = (".cargo/config.toml", ".cargo/config")
VALUED = "--config --color -Z -C --explain"
FOLDERS_LIMIT = 40


def check_cargo_alias(command: Command, shell: Shell) -> None:
    """The words that the name stands for, with those behind it: once, since a name may stand for itself."""
    options = parse(command.arguments, VALUED)
    operands = [word for word in options.operands if not word.startswith("+")]
    if not operands:
        return
    place = command.arguments.index(operands[0])
    before, behind = command.arguments[:place], command.arguments[place + 1 :]
    with shell.memory.judge_once("cargo alias", operands[0]) as fresh:
        for words in _meanings(operands[0], options.values("--config"), shell) if fresh else ():
            shell.judge_argv(("cargo", *before, *words, *behind), command.feed)


def _meanings(name: str, settings: tuple[str, ...], shell: Shell) -> Iterator[list[str]]:
    texts = [*settings, *(shell.memory.read_content(path)[1] for path in _settings_files(settings, shell))]
    for text in texts:
        value = _read_aliases(text or "").get(name)
        if isinstance(value, str):
            yield value.split()
        elif isinstance(value, list):
            yield [str(word) for word in value]


def _settings_files(settings: tuple[str, ...], shell: Shell) -> Iterator[str]:
    """Those of the folder and of the folders above it, and those that `--config FILE` names."""
    yield from (path for word in settings for path in shell.resolve(word) if path and "=" not in word)
    workspace = str(shell.context.workspace)
    for each in sorted(shell.scope.folders):
        folder = each
        for _ in range(FOLDERS_LIMIT):
            if not is_inside(folder, workspace):
                break
            yield from (f"{folder}/{file}" for file in FILES)
            folder = folder.rpartition("/")[0]


def _read_aliases(text: str) -> dict[str, object]:
    if "alias" not in text:
        return {}
    try:
        aliases = tomllib.loads(text).get("alias")
    except ValueError:
        return {}
    return aliases if isinstance(aliases, dict) else {}


TABLE: Table = build_table(__name__, check_cargo_alias)
