"""The values of the shell part of the policy: commands, redirections, and what flows between them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hooks.policy.shell.program_names import find_program_name

UNKNOWN = "\0"
"""Marks a part of a word that is unknown until the command runs; NUL cannot occur in a real argument."""


PLACEHOLDER = "${WHAT_ONLY_RUNNING_TELLS}"
"""How an unknown part is spelled in shell text that is judged once more."""


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
    direct: bool = False
    """Whether the shell itself runs it, and so knows functions and aliases of this name."""
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


DYNAMIC = frozenset({
    "BASHPID", "BASH_COMMAND", "BASH_SUBSHELL", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "COMP_WORDBREAKS", "DIRSTACK",
    "EPOCHREALTIME", "EPOCHSECONDS", "FUNCNAME", "GROUPS", "HISTCMD", "LINENO", "RANDOM", "SECONDS", "SRANDOM", "_",
    "BASH_SOURCE", "BASH_LINENO", "BASH_REMATCH", "PIPESTATUS", "OPTIND", "OPTARG", "OPTERR", "BASHOPTS", "SHELLOPTS",
    "BASH_VERSINFO", "EUID", "PPID", "UID", "BASH_ALIASES", "BASH_CMDS", "COPROC", "?", "-",
})  # fmt: skip
"""Variables that bash sets as it runs, whatever a command assigns to them."""
INHERITED = frozenset({
    "ALL_PROXY", "BASH", "COLUMNS", "GIT_EDITOR", "GIT_TERMINAL_PROMPT", "HOSTNAME", "HOSTTYPE", "HTTPS_PROXY",
    "HTTP_PROXY", "LANG", "LINES", "LOGNAME", "MACHTYPE", "NO_PROXY", "OLDPWD", "OSTYPE", "PATH", "PS1", "PS2", "PS4",
    "SHELL", "SHLVL", "TERM", "USER", "http_proxy", "https_proxy", "no_proxy",
})  # fmt: skip
"""Variables that a session's shell has, with a value that is unknown."""
_INHERITED_TOO = re.compile(r"(BASH|GIT_AUTHOR|GIT_COMMITTER|LC|npm|CLAUDE)_\w+|CLAUDE\w*")


def is_set_by_bash(name: str) -> bool:
    """Whether a variable has a value although no command has assigned one."""
    return name in DYNAMIC or name in INHERITED or _INHERITED_TOO.fullmatch(name) is not None


def single_value(values: tuple[str, ...]) -> str:
    """The one value that a variable may have, or UNKNOWN where a branch decides."""
    return values[0] if len(values) == 1 else UNKNOWN


def program_name(word: str) -> str:
    """The name that the tables know a program by."""
    return find_program_name(word)
