"""What the policy knows of programs: one module for each domain, each a table of program names to rules."""

from __future__ import annotations

from collections.abc import Callable

from hooks.policy.shell.facade import Shell
from hooks.policy.shell.values import Command
from hooks.policy.tables import families

Rule = Callable[[Command, Shell], None]
Table = dict[str, Rule]


class Shadowed(Exception):
    """A program has two entries in one table: the second would silently replace the first."""


def ask_in_turn(rules: tuple[Rule, ...]) -> Rule:
    """Several rules as one."""

    def check_all(command: Command, shell: Shell) -> None:
        for rule in rules:
            rule(command, shell)

    return check_all


def repeat_rule(names: str, rule: Rule) -> Table:
    """The same rule for several programs, their names separated by blanks."""
    return dict.fromkeys(names.split(), rule)


def build_table(module: str, *rules: Rule) -> Table:
    """Rules for the programs that `tables/families` lists under the names of module and function."""
    rows = families(module.rpartition(".")[2])
    return merge_tables(*(repeat_rule(rows[rule.__name__].programs, rule) for rule in rules))


def merge_tables(*tables: Table) -> Table:
    """The entries of all these tables. Raises Shadowed for a name that is in two of them."""
    merged: Table = {}
    for table in tables:
        if twice := sorted(set(merged) & set(table)):
            raise Shadowed(", ".join(twice))
        merged |= table
    return merged
