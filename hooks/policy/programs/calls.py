"""Rules that are data: which calls a row of `tables/calls` refuses. The one check that reads them is here.

What a row refuses is matched from its first word on, what it excepts as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hooks.policy import paths
from hooks.policy.asking import asks_for_help, asks_for_version, is_dry_run
from hooks.policy.call import Call, read_call
from hooks.policy.patterns import compile_once
from hooks.policy.programs import Rule, Table, ask_in_turn
from hooks.policy.tables import call_rules

if TYPE_CHECKING:
    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command
    from hooks.policy.tables.rows import CallRule


HANDED_OVER = frozenset({"git"})
"""Programs whose code asks the rows itself, for the words behind their global options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A row with its names split and its patterns compiled."""

    row: CallRule
    subcommands: frozenset[str]
    verbs: frozenset[str]
    options: tuple[str, ...]
    also_options: tuple[str, ...]
    operands: re.Pattern[str]
    words: re.Pattern[str]
    any_word: re.Pattern[str]
    unless_options: tuple[str, ...]
    unless_operands: re.Pattern[str]
    unless_words: re.Pattern[str]
    asking: frozenset[str]

    def may_speak_of(self, words: tuple[str, ...]) -> bool:
        """Whether its subcommands and verbs are among the words at all, before these are read closely."""
        return all(not names or not names.isdisjoint(words) for names in (self.subcommands, self.verbs))

    def speaks_of(self, call: Call) -> bool:
        """Whether the row's conditions hold for a call, its exceptions aside."""
        row = self.row
        return (
            (not self.subcommands or call.subcommand in self.subcommands)
            and (not self.verbs or not self.verbs.isdisjoint(call.operands))
            and (not row.operands or self.operands.fullmatch(" ".join(call.operands)) is not None)
            and (not row.words or self.words.fullmatch(" ".join(call.words)) is not None)
            and (not row.any_word or any(map(self.any_word.fullmatch, call.words)))
            and all(not names or _gives_one(names, call) for names in (self.options, self.also_options))
            and (not row.fed or call.is_fed)
        )

    def excepts(self, call: Call) -> bool:
        """Whether the call is one of the row's exceptions, or only asks."""
        return (
            _gives_one(self.unless_options, call, last=True)
            or self.unless_operands.fullmatch(" ".join(call.operands)) is not None
            or self.unless_words.fullmatch(" ".join(call.words)) is not None
            or self._only_asks(call)
        )

    def _only_asks(self, call: Call) -> bool:
        words = call.words[:1] if "first" in self.asking else call.words
        as_word = "word" in self.asking
        return (
            ("help" in self.asking and asks_for_help(words, call.takes, as_word=as_word))
            or ("version" in self.asking and asks_for_version(words, call.takes, as_word=as_word))
            or (bool(self.row.dry) and is_dry_run(words, self.row.dry, call.takes))
        )


def _gives_one(options: tuple[str, ...], call: Call, *, last: bool = False) -> bool:
    """Whether one of these is given; `--name=PATTERN` asks for its values, or for the last, the one that counts."""
    for name, equals, pattern in (option.partition("=") for option in options):
        values = call.options.values(name)
        if (
            any(compile_once(pattern).fullmatch(value) for value in (values[-1:] if last else values))
            if equals
            else (call.options.has(name))
        ):
            return True
    return False


def read_matcher(row: CallRule) -> Matcher:
    """A row with its lists split and its patterns compiled."""
    return Matcher(
        row=row,
        subcommands=frozenset(row.subcommands.split()),
        verbs=frozenset(row.verbs.split()),
        options=tuple(row.options.split()),
        also_options=tuple(row.also_options.split()),
        operands=_compile(row.operands, "( .*)?"),
        words=_compile(row.words, "( .*)?"),
        any_word=_compile(row.any_word),
        unless_options=tuple(row.unless_options.split()),
        unless_operands=_compile(row.unless_operands),
        unless_words=_compile(row.unless_words),
        asking=frozenset(row.asking.split()),
    )


def _compile(patterns: tuple[str, ...], rest: str = "") -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(f'(?:{each})' for each in patterns) or '(?!)'}){rest}", re.DOTALL)


def call_rule(row: CallRule) -> Rule:
    """The rule of one row."""

    @cache
    def matcher_of_row() -> Matcher:
        """Compiled when the program is first called, as most programs never are."""
        return read_matcher(row)

    def check_call(command: Command, shell: Shell) -> None:
        matcher = matcher_of_row()
        if not matcher.may_speak_of(command.arguments):
            return
        call = read_call(command, row)
        if not matcher.speaks_of(call):
            return
        for code in call.runs:
            shell.judge_text(code)
        if not matcher.excepts(call) and (not row.reads or _reads_secret(call.reads, shell)):
            shell.refuse(row.refuse, command.argv, because=row.because, instead=row.instead)

    return check_call


def _reads_secret(names: Iterable[str], shell: Shell) -> bool:
    resolved = (path for name in names for path in shell.resolve(name))
    return any(path is not None and paths.is_secret(path, shell.context) for path in resolved)


@cache
def calls_of(module: str) -> Table:
    """For each program the rules of all its rows, in their order, as one."""
    rules: dict[str, list[Rule]] = {}
    for row in call_rules(module).values():
        rule = call_rule(row)
        for name in row.programs.split():
            rules.setdefault(name, []).append(rule)
    return {name: ask_in_turn(tuple(each)) for name, each in rules.items()}
