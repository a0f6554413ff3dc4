"""One call of a program as the rules in `tables/calls` see it: its words, read once by the options of its row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hooks.policy.options import Options, parse
from hooks.policy.tables import options_with_value

if TYPE_CHECKING:
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import CallRule

OPERANDS = "operands"
"""In a row's `reads`: its operands name files, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a call says.

    `takes` are the options that take a value, `reads` the words that name files which it reads, `runs` the shell code
    that it is given; `is_fed` says whether something is on its standard input.
    """

    program: str
    words: tuple[str, ...]
    options: Options
    takes: str
    reads: tuple[str, ...]
    runs: tuple[str, ...]
    is_fed: bool

    @property
    def operands(self) -> tuple[str, ...]:
        return self.options.operands

    @property
    def subcommand(self) -> str:
        return "".join(self.operands[:1])


def read_call(command: Command, row: CallRule) -> Call:
    """The call that a command is, by this row's options."""
    takes = options_with_value(row.valued)
    options = parse(command.arguments, takes, stop_at_operand=row.stop_at_operand, one_dash=row.one_dash)
    named = row.reads.split()
    return Call(
        program=command.program,
        words=command.arguments,
        options=options,
        takes=takes,
        reads=(*options.values(*named), *(options.operands if OPERANDS in named else ())),
        runs=options.values(*row.runs.split()),
        is_fed=command.feed.present,
    )
