"""Where programs write that have no closer rule: the words that `tables/written_places.toml` says are such places."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.options import Options, parse
from hooks.policy.programs.every_command import check_write
from hooks.policy.tables import options_with_value, written_places

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import WrittenPlaces


def check_written_places(command: Command, shell: Shell) -> None:
    """Refuse what a command would write outside of the workspace, as a redirection there is refused."""
    for row in _rows_by_program().get(command.program, ()):
        check_row(row, command, shell)


def check_row(row: WrittenPlaces, command: Command, shell: Shell) -> None:
    """One row's question alone."""
    for word in _find_places(row, command):
        for path in shell.resolve(word):
            if not row.folders:
                check_write(path, shell)
            elif path is not None and paths.is_system(path, shell.context):
                shell.refuse("delete.outside", word)


@cache
def _rows_by_program() -> dict[str, tuple[WrittenPlaces, ...]]:
    found: dict[str, tuple[WrittenPlaces, ...]] = {}
    for row in written_places().values():
        for name in row.programs.split():
            found[name] = (*found.get(name, ()), row)
    return found


def _find_places(row: WrittenPlaces, command: Command) -> Iterator[str]:
    words = command.arguments
    if row.subcommands and not any(each.partition(" ")[0] in words for each in row.subcommands):
        return
    named = " ".join((row.valued, row.options, row.folder))
    if row.dashless and words and not words[0].startswith("-"):
        words = (f"-{words[0]}", *words[1:])
    options = parse(words, options_with_value(named), one_dash=row.one_dash)
    operands = _operands_behind(row, options)
    asked = not row.when or options.has(*row.when.split())
    if operands is None or not asked or options.has(*row.unless.split()):
        return
    within = options.values(*row.folder.split())
    first, limited, last = row.operands.partition(":")
    places = operands[int(first or 0) : int(last) if last else None] if limited else ()
    for word in (*options.values(*row.options.split()), *(places or row.default.split())):
        yield os.path.join(*within, word)  # noqa: PTH118 -- plain strings


def _operands_behind(row: WrittenPlaces, options: Options) -> tuple[str, ...] | None:
    """The operands behind the row's subcommands; None if the call is another one."""
    given = f"{' '.join(options.operands)} "
    for each in row.subcommands or ("",):
        if not each or given.startswith(f"{each} "):
            return options.operands[len(each.split()) :]
    return None
