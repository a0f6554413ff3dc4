"""The values of the shell part of the policy: commands, redirections, and what flows between them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

UNKNOWN = "\0"
"""Marks a part of a word that is unknown until the command runs; NUL cannot occur in a real argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What a command reads on its standard input.

    `text` where it is known; `sources` are the commands that produce it, `path` the file that it is read from.
    """

    text: str | None = None
    sources: tuple[tuple[str, ...], ...] = ()
    path: str | None = None
    present: bool = True


NO_FEED = Feed(present=False)


def join_feeds(first: Feed, second: Feed) -> Feed:
    """What two commands print one after the other."""
    known = None if first.text is None or second.text is None else first.text + second.text
    return Feed(text=known, sources=join_sources(first, second))


def join_sources(first: Feed, second: Feed) -> tuple[tuple[str, ...], ...]:
    """Each source once: what reads a pipe names its sources again, and a long pipe would double them at each turn."""
    return tuple(dict.fromkeys((*first.sources, *second.sources)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A redirection: its operator, and the word that it names."""

    operator: str
    target: str
    descriptor: str = ""

    @property
    def writes(self) -> bool:
        return self.operator in {">", ">>", ">|", "&>", "&>>", "<>", ">&"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A simple command as it would run: words after expansion, quotes gone."""

    argv: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    feed: Feed = NO_FEED
    background: bool = False
    compound: bool = False
    """Whether it stands for a loop, a branch or a block, and only says how that is redirected."""
    names: frozenset[str] = frozenset()
    """The environment's variables that its words and its input spell out."""

    @property
    def program(self) -> str:
        """The program's name without folders and version: `/usr/bin/python3.11` is `python`."""
        return program_name(self.argv[0]) if self.argv else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.argv[1:]


def single_value(values: tuple[str, ...]) -> str:
    """The one value that a variable may have, or UNKNOWN where a branch decides."""
    return values[0] if len(values) == 1 else UNKNOWN


@lru_cache(maxsize=4096)
def program_name(word: str) -> str:
    """The name that the tables know a program by."""
    name = word.rstrip("/").rpartition("/")[2]
    for suffix in (".exe", ".cmd"):
        name = name.removesuffix(suffix)
    return VERSIONED.get(name.rstrip("0123456789.-"), name) if name[-1:].isdigit() else name


VERSIONED = {
    "python": "python", "pip": "pip", "ruby": "ruby", "node": "node", "perl": "perl", "php": "php", "lua": "lua",
    "luajit": "lua", "gcc": "gcc", "clang": "clang", "pypy": "python", "psql": "psql", "tclsh": "tclsh", "bash": "bash",
}  # fmt: skip
