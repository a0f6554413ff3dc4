"""Consoles of frameworks, which run what they read: `flask shell`, `manage.py shell`, `rails console`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hooks.policy.options import parse
from hooks.policy.patterns import compile_once
from hooks.policy.programs import Rule, Table
from hooks.policy.programs.scripts import judge_input
from hooks.policy.tables import consoles

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import Console


def console_rule(row: Console) -> Rule:
    """The rule of one row."""

    def check_console(command: Command, shell: Shell) -> None:
        words = " ".join(parse(command.arguments, row.valued).operands)
        if command.feed.present and compile_once(row.when).fullmatch(words):
            judge_input(command.feed, row.language, command, shell)

    return check_console


TABLE: Table = {name: console_rule(row) for row in consoles().values() for name in row.programs.split()}
