"""Builds, tests and installations in what was fetched in the same command: they run its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy.programs import Table, build_table
from hooks.policy.programs.addresses import refuse_in_fetched_folder
from hooks.policy.programs.every_command import paths_within
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def check_builder(command: Command, shell: Shell) -> None:
    """Building, testing or installing what was fetched runs its code."""
    refuse_in_fetched_folder(".", command, shell)
    for folder in shell.resolve("."):
        if any(f"{folder}/{name}" in shell.memory.fetched for name in read_list("build_files")):
            shell.refuse("remote.code", command.argv)
    for word in command.arguments:
        for candidate in paths_within(word):
            if "/" in candidate or candidate.startswith("."):
                refuse_in_fetched_folder(candidate, command, shell)


TABLE: Table = build_table(__name__, check_builder)
