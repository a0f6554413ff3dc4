"""Printing the environment, and the stores in which credentials lie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, build_table, merge_tables
from hooks.policy.programs.variables import is_decisive, is_secret_variable
from hooks.policy.tables import vaults, with_aliases

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def check_printenv(command: Command, shell: Shell) -> None:
    """`printenv`: one harmless variable by name."""
    names = parse(command.arguments).operands
    if not names and not set(command.arguments) & {"--help", "--version"}:
        shell.refuse("secrets.environment", command.argv)
    for name in names:
        if is_secret_variable(name):
            shell.refuse("secrets.environment", name)


def check_declare(command: Command, shell: Shell) -> None:
    """`set`, `declare`, `export`, `typeset` without names print everything."""
    words = command.arguments
    options = [word for word in words if word.startswith("-") or word.startswith("+")]
    names = [word for word in words if word not in options]
    if command.program == "set":
        if not words:
            shell.refuse("secrets.environment", command.argv)
        return
    letters = "".join(options)
    for name in names:
        if "p" in letters and is_secret_variable(name.partition("=")[0]):
            shell.refuse("secrets.environment", name)
    if not names and not set(letters) & set("fF"):
        shell.refuse("secrets.environment", command.argv)


def check_unset(command: Command, shell: Shell) -> None:
    """Taking away what tells programs where they run is tampering too."""
    for name in command.arguments:
        if is_decisive(name):
            shell.refuse("guards.environment", f"unset {name}")


def check_ps(command: Command, shell: Shell) -> None:
    """`ps e` prints every process's environment."""
    for word in command.arguments:
        if re.fullmatch(r"[axuwfjlvsTtr]*e[axuwefjlvsTtr]*w*", word) and "e" in word:
            shell.refuse("secrets.environment", command.argv)


VAULTS = with_aliases(vaults())


def check_vault(command: Command, shell: Shell) -> None:
    """Password managers and decrypting tools."""
    if re.fullmatch(VAULTS[command.program].reveals, " ".join(command.arguments), re.DOTALL):
        shell.refuse("secrets.vault", command.argv)


TABLE: Table = merge_tables(
    dict.fromkeys(VAULTS, check_vault),
    build_table(__name__, check_printenv, check_declare, check_unset, check_ps),
)
