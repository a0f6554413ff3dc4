"""Printing the environment, and the stores in which credentials lie."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.programs import Table, families
from hooks.policy.programs.variables import DECISIVE, is_secret_variable
from hooks.policy.tables import table

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command


def printenv(command: Command, shell: Shell) -> None:
    """`printenv`: one harmless variable by name."""
    names = parse(command.arguments).operands
    if not names and not set(command.arguments) & {"--help", "--version"}:
        shell.refuse("secrets.environment", command.argv)
    for name in names:
        if is_secret_variable(name):
            shell.refuse("secrets.environment", name)


def declared(command: Command, shell: Shell) -> None:
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


def unset(command: Command, shell: Shell) -> None:
    """Taking away what tells programs where they run is tampering too."""
    for name in command.arguments:
        if DECISIVE.fullmatch(name):
            shell.refuse("guards.environment", f"unset {name}")


def compgen(command: Command, shell: Shell) -> None:
    """`compgen -v` names variables, which is harmless; values it does not print."""
    if "-W" in command.arguments:
        for word in command.arguments:
            shell.prose(word)


def processes(command: Command, shell: Shell) -> None:
    """`ps e` prints every process's environment."""
    for word in command.arguments:
        if re.fullmatch(r"[axuwfjlvsTtr]*e[axuwefjlvsTtr]*w*", word) and "e" in word:
            shell.refuse("secrets.environment", command.argv)


def vault(command: Command, shell: Shell) -> None:
    """Password managers and decrypting tools."""
    if re.fullmatch(table("vaults")["vaults"][command.program], " ".join(command.arguments), re.DOTALL):
        shell.refuse("secrets.vault", command.argv)


def cloud_secrets(command: Command, shell: Shell) -> None:
    """Reading a credential through another client: its options may stand anywhere before the words that do."""
    words = " ".join(command.arguments)
    bare = " ".join(word for word in command.arguments if not word.startswith("-"))
    for pattern in table("vaults")["clients"][command.program]:
        if re.match(rf"(-\S+ (\S+ )?)*({pattern})", words) or re.match(pattern, bare):
            shell.refuse("secrets.vault", command.argv)


TABLE: Table = dict.fromkeys(table("vaults")["vaults"], vault) | families(
    __name__, printenv, declared, compgen, unset, processes
)

CLOUD_CLIENTS = tuple(table("vaults")["clients"])
