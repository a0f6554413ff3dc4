"""Which files and folders a command makes or moves: what the session made it may delete again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from hooks.policy.options import parse, sources_and_target
from hooks.policy.paths import is_inside
from hooks.policy.programs.content import may_be_emptied
from hooks.policy.programs.fetched import clone_folder, in_git_folder
from hooks.policy.programs.own_services import remember_database, remember_image
from hooks.policy.tables import value_options

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def remember_made(command: Command, shell: Shell) -> None:
    """Remember what this command makes, after its rules let it pass."""
    if remember := MAKERS.get(command.program):
        remember(command, shell)


def _make(word: str, shell: Shell, *, parents: bool = False) -> None:
    for path in shell.resolve(word):
        if path is not None:
            shell.memory.files.make(path, parents=parents)


def _remember_folders(command: Command, shell: Shell) -> None:
    """`mkdir`, `mkdir -p`."""
    options = parse(command.arguments, value_options("mkdir"))
    for operand in options.operands:
        _make(operand, shell, parents=options.has("-p", "--parents"))


def _remember_files(command: Command, shell: Shell) -> None:
    """`touch`."""
    for operand in parse(command.arguments, value_options("touch")).operands:
        _make(operand, shell)


def _remember_copy(command: Command, shell: Shell) -> None:
    """`cp`: a destination that is not there yet is new."""
    if target := sources_and_target(parse(command.arguments, value_options("copy")))[1]:
        _make(target, shell)


def _remember_move(command: Command, shell: Shell) -> None:
    """`mv`, `git mv`: what the session did not make is not its own in another place either."""
    sources, target = sources_and_target(parse(command.arguments, value_options("move")))
    own = all(path is not None and may_be_emptied(path, shell) for source in sources for path in shell.resolve(source))
    for path in shell.resolve(target):
        if path is not None and own:
            shell.memory.files.make(path)
        elif path is not None and (is_inside(path, str(shell.context.workspace)) or _is_any_folder(sources, shell)):
            shell.memory.files.move_in(path)


def _is_any_folder(names: tuple[str, ...], shell: Shell) -> bool:
    """A file that was moved out of the workspace may be deleted like any file; a folder may not."""
    return any(path is not None and os.path.isdir(path) for name in names for path in shell.resolve(name))  # noqa: PTH112


def _remember_git(command: Command, shell: Shell) -> None:
    """`git clone url folder`, `git init folder`, `git mv`."""
    options = parse(command.arguments, f"{value_options('git')} {value_options('clone')}")
    verb, places = options.operands[:1], options.operands[1:]
    if verb == ("mv",) and places:
        _move_in(in_git_folder(options, places[-1]), shell)
    elif verb == ("init",) and places:
        _make(in_git_folder(options, places[0]), shell, parents=True)
    elif verb == ("clone",) and places:
        _make(clone_folder(options, places), shell, parents=True)


def _move_in(word: str, shell: Shell) -> None:
    for path in shell.resolve(word):
        shell.memory.files.move_in(path or str(shell.context.workspace))


def _remember_synced(command: Command, shell: Shell) -> None:
    """`rsync --remove-source-files` moves."""
    options = parse(command.arguments, value_options("rsync"))
    if options.has("--remove-source-files") and options.operands:
        _move_in(options.operands[-1], shell)


MAKERS: dict[str, Callable[[Command, Shell], None]] = {
    "mkdir": _remember_folders,
    "touch": _remember_files,
    "cp": _remember_copy,
    "mv": _remember_move,
    "git": _remember_git,
    "rsync": _remember_synced,
    **dict.fromkeys(("docker", "podman", "nerdctl"), remember_image),
    **dict.fromkeys(
        ("sqlite3", "sqlite", "duckdb", "litecli", "createdb", "psql", "mysql", "mariadb", "mysqladmin"),
        remember_database,
    ),
}
