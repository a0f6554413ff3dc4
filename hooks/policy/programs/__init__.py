"""What the policy knows of programs: one module for each domain, each a table of program names to rules."""

from __future__ import annotations

from collections.abc import Callable

from hooks.policy.shell.facade import Shell
from hooks.policy.shell.values import Command
from hooks.policy.tables import table

Rule = Callable[[Command, Shell], None]
Table = dict[str, Rule]


def named(names: str, rule: Rule) -> Table:
    """The same rule for several programs, their names separated by blanks."""
    return dict.fromkeys(names.split(), rule)


def families(module: str, *rules: Rule) -> Table:
    """Rules for the programs that `tables/families.toml` lists under their names."""
    rows = table("families")[module.rpartition(".")[2]]
    return {name: rule for rule in rules for name in rows[rule.__name__].split()}
