"""Whether a call only asks: for help, for the version, or for what the call would do.

A word counts only where the program reads it so: `--help` in the place of an option, `help` as the first word,
`--version` without a subcommand, and a dry run by the options that the program's row names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import pairwise

from hooks.policy.options import parse, split_names
from hooks.policy.tables import value_options

HELP = frozenset({"--help", "-h", "-help"})
VERSION = frozenset({"--version", "-V", "-version"})
WITHOUT_VALUE = re.compile(r"--(yes|quiet|verbose|debug|force|silent|no-[\w-]+|help)|-(y|yes|h|help|D\S+)")
"""Options that take no value in any program that is known to us."""
Entry = tuple[re.Pattern[str], re.Pattern[str]]
"""Of a dry run: the patterns of the subcommands, and of the option with its value."""
FALSE = frozenset({"false", "no", "0", "off", "none", "never"})


def asks_for_help(words: Sequence[str], takes: str = "", *, as_word: bool = True) -> bool:
    """Whether a call prints help. `takes`: options with a value; `as_word`: whether `help` is a subcommand."""
    first = True
    for before, word in _own_words(words, takes):
        if word.startswith("-"):
            if word in HELP - set(takes.split()) and not _may_take_value(before):
                return True
        elif first and not _may_take_value(before):
            if as_word and word == "help":
                return True
            first = False
        else:
            first = False
    return False


def asks_for_version(words: Sequence[str], takes: str = "", *, as_word: bool = True) -> bool:
    """Whether a call prints the version: behind a subcommand, and as an option's value, the word is something else."""
    if tuple(words) == ("-v",) or (as_word and tuple(words) == ("version",)):
        return True
    own = [word for _, word in _own_words(words, takes)]
    return not VERSION.isdisjoint(set(own) - set(takes.split())) and all(word.startswith("-") for word in own)


def asks(words: Sequence[str], takes: str = "", *, as_word: bool = True) -> bool:
    """Whether a call prints help or the version."""
    return asks_for_help(words, takes, as_word=as_word) or asks_for_version(words, takes, as_word=as_word)


def is_dry_run(words: Sequence[str], dry: Sequence[str], takes: str = "", *, one_dash: bool = False) -> bool:
    """Whether a call only shows what it would do.

    An entry of `dry` is the pattern of an option, perhaps after the pattern of the subcommands that have it. Of an
    option that is given twice the last one counts, and one that is switched off again (`=false`, `--no-…`) does not.
    """
    options = parse(words, f"{takes} {value_options('any')}", one_dash=one_dash)
    last = {name: name if value is None else f"{name}={value}" for name, value in options.given}
    last |= {option: "" for option, following in pairwise(words) if option in last and following.lower() in FALSE}
    operands = " ".join(options.operands)
    entries = _compile(tuple(dry))
    known = [option for option in last if any(_speaks_of(entry, option, last[option]) for entry in entries)]
    shows = [any(_holds(entry, operands, last[option]) for entry in entries) for option in known]
    return bool(shows) and all(shows) and not _is_switched_off(entries, last)


def _speaks_of(entry: Entry, option: str, text: str) -> bool:
    return entry[1].fullmatch(option) is not None or entry[1].fullmatch(text) is not None


def _is_switched_off(entries: tuple[Entry, ...], given: Iterable[str]) -> bool:
    """`--no-dry-run`, which many programs complete from `--no-dry`, and which takes back `-n` too."""
    negated = [each.removeprefix("--no-") for each in given if each.startswith("--no-")]
    return any(each and pattern.pattern.startswith(f"--{each}") for each in negated for _, pattern in entries)


def _holds(entry: Entry, operands: str, option: str) -> bool:
    subcommands, pattern = entry
    return subcommands.match(operands) is not None and pattern.fullmatch(option) is not None


@cache
def _compile(dry: tuple[str, ...]) -> tuple[Entry, ...]:
    return tuple(
        (re.compile(rf"(?:{before})(?:\s|$)" if before else ""), re.compile(option))
        for before, _, option in (entry.rpartition(" ") for entry in dry)
    )


def _own_words(words: Sequence[str], takes: str) -> Iterator[tuple[str, str]]:
    """The words that are no values of options, up to `--`, each with the word before it."""
    valued = split_names(takes) | split_names(value_options("any"))
    before = ""
    for word in words:
        if word == "--":
            return
        if before not in valued:
            yield before, word
            before = word
        else:
            before = ""


def _may_take_value(option: str) -> bool:
    """Whether the word behind this one may be its value."""
    return option.startswith("-") and option != "-" and "=" not in option and not WITHOUT_VALUE.fullmatch(option)
