"""How the words of a program that no table knows say that it destroys or publishes.

As a subcommand (`x db drop`, `x user.delete`, `x users/delete`), as an option (`x --drop-all`), or as a statement
(`x run 'drop table t'`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from hooks.policy.programs.database import destroys
from hooks.policy.programs.verbs import names_verb, parts_of
from hooks.policy.tables import read_list, value_options

WITHIN = 4
"""The verb is among this many words: `x verb`, `x thing verb`, `x group thing verb`."""
SUBCOMMAND = re.compile(r"[A-Za-z][\w:-]*")
OF_THING = re.compile(r"[A-Za-z][\w-]*(?:[./][\w-]+)*[./](?P<verb>[A-Za-z_-]+)")
"""`user.delete`, `users/delete`; the verb is the last part."""
SWITCH = re.compile(r"-[yvqd]+")
OPTION = re.compile(r"--?(?P<name>[A-Za-z][\w-]+)(?:=(?P<value>.*))?", re.DOTALL)
WITH_DATA = frozenset({"-v", "--volumes", "--remove-volumes", "--purge", "--delete-data", "--rmi"})
OFF = frozenset({"false", "no", "0", "off", "never", "none"})
OF_VIEWS = frozenset({"drop", "reset", "truncate"})
"""Alone, as an option, they are said of lines and views too: `--truncate 80`."""
STATEMENT = re.compile(r"\s*(drop|truncate|delete|alter|update|detach|match)\b", re.IGNORECASE)
NAME = re.compile(r"-{0,2}[\w-]+")
TEXT_OPTION = re.compile(
    r"-m|-t|-b|-d|--?(message|msg|title|subject|body|text|description|desc|comment|note|notes|summary|reason|name|label"
    r"|grep|filter|pattern|search|match)"
)
"""Options whose value is text in any program."""


def say_so_as_subcommands(words: tuple[str, ...]) -> bool:
    """Whether one of the first words does, before any that only looks. `migrate deploy` changes a schema only."""
    verbs, looking = read_list("destroying_verbs"), read_list("looking_verbs")
    for before, word in pairwise(("", *_subcommands(words))):
        if before == "migrate" and word == "deploy":
            return False
        found = OF_THING.fullmatch(word)
        if names_verb(word, verbs) if found is None else found["verb"].lower() in verbs:
            return True
        if not looking.isdisjoint(word.lower().split(":")):
            return False
    return _takes_down(words)


def _subcommands(words: tuple[str, ...]) -> Iterator[str]:
    """The first words that are no options, and not the values of those that surely take one."""
    before, seen = "", 0
    for word in words:
        if word == "--" or seen == WITHIN:
            return
        if not word.startswith("-") and not _takes_value(before):
            seen += 1
            if SUBCOMMAND.fullmatch(word) or OF_THING.fullmatch(word):
                yield word
        before = word


def _takes_value(option: str) -> bool:
    """Of short options most take a value, and of long ones those that are listed."""
    if option.startswith("--"):
        return option in {*value_options("any").split(), *value_options("unknown_client").split()}
    return option.startswith("-") and option != "-" and not SWITCH.fullmatch(option)


def _takes_down(words: tuple[str, ...]) -> bool:
    """`x down --volumes`: what runs, with its data."""
    return "down" in words[:WITHIN] and not WITH_DATA.isdisjoint(words)


def say_so_as_options(words: tuple[str, ...]) -> bool:
    """`--delete x`, `--drop-all`, `--force-delete`; not `--no-delete`, `--delete=false` or `--delete-comments`."""
    before_end = words[: words.index("--")] if "--" in words else words
    found = (OPTION.fullmatch(word) for word in before_end)
    return any(each is not None and _destroys(parts_of(each["name"]), each["value"]) for each in found)


def _destroys(parts: list[str], value: str | None) -> bool:
    if (value or "").lower() in OFF:
        return False
    if parts[0] in read_list("forcing"):
        parts = parts[1:]
    verb, things = "".join(parts[:1]), parts[1:]
    if verb not in read_list("destroying_verbs"):
        return False
    return not read_list("destroyed_things").isdisjoint(things[-1:]) if things else verb not in OF_VIEWS


def say_so_as_statements(words: tuple[str, ...]) -> bool:
    """A word that is a statement of a database, or gives one to an option, unless that is one such as `--message`."""
    for before, word in pairwise(("", *words)):
        name, equals, value = word.partition("=")
        option, text = (name, value) if equals and NAME.fullmatch(name) else (before, word)
        if is_statement(text) and not TEXT_OPTION.fullmatch(option):
            return True
    return False


def is_statement(text: str) -> bool:
    """Whether a text is a statement that destroys data."""
    return re.search(r"\s", text) is not None and STATEMENT.match(text) is not None and destroys(text)
