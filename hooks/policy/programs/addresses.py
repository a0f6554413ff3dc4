"""Addresses of code on other machines, and files that came from there: running one of them runs unreviewed code."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from hooks.policy.programs.loopback import is_loopback
from hooks.policy.tables import read_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hooks.policy.shell.facade import Shell
    from hooks.policy.shell.values import Command, Feed

ADDRESS = re.compile(
    r"(\w+\+)?(https?|git|ssh|ftps?|s3|hg|svn)://|[\w.-]+@(?!(?:npm|jsr|workspace|catalog|file|link|portal|patch):)[\w.-]+:|(github|gitlab|gist|bitbucket|sourcehut|gh|gl|bb|git|tarball\+\w+):(?!\d*$)",
    re.IGNORECASE,
)
"""`https://…`, `git+ssh://…`, `user@host:…` (`x@npm:y` is an alias of a package), and the short forms of
Node's and Nix's programs, `github:owner/name`."""
TRANSPORT = re.compile(r"[\w+-]+:(?://|:)")
"""Any scheme, where no other word can stand: `rsync://…`, git's `ext::…`."""
PACKAGE = re.compile(r"(npm|jsr):@?[^@\s]+")
"""A package of a registry where a module could stand: `npm:chalk@5`."""
INLINE_MODULE = re.compile(r"data:", re.IGNORECASE)
REMOTE_MODULE = re.compile(
    r"\b(?:import|require|from|include|source|load)\b[\s({]*[^'\"`\n;()]{0,80}['\"`](?P<address>(?:https?|data):[^'\"`]+)"
)
"""A module or a source that is loaded from an address."""


def is_address(word: str) -> bool:
    """Whether a word names code on another machine."""
    return ADDRESS.match(word) is not None


def is_location(word: str) -> bool:
    """Whether a word that names a file or a repository names one by an address, of whatever scheme."""
    return is_address(word) or TRANSPORT.match(word) is not None


def is_elsewhere(word: str) -> bool:
    """Whether a repository is on another machine."""
    return is_location(word) and not is_loopback(word)


def is_downloaded(feed: Feed) -> bool:
    """Whether a download feeds it."""
    return any(argv and argv[0].rpartition("/")[2] in read_list("downloaders") for argv in feed.sources)


def refuse_if_remote(word: str, command: Command, shell: Shell) -> None:
    """A program would run what this word names: an address, a pipe from a download, or a file that was downloaded."""
    piped = shell.memory.find_pipe(word)
    if is_address(word) or INLINE_MODULE.match(word) or (piped is not None and is_downloaded(piped)):
        shell.refuse("remote.code", command.argv)
    if word in {"-", "/dev/stdin"} and is_downloaded(command.feed):
        shell.refuse("remote.code", command.argv)
    if any(path and shell.memory.is_fetched(path) for path in shell.resolve(word)):
        shell.refuse("remote.code", command.argv)


def refuse_in_fetched_folder(folder: str, command: Command, shell: Shell) -> None:
    """A build, a task or an installation in a repository that was fetched runs that repository's code."""
    places = [path for path in shell.resolve(folder) if path]
    new = any(shell.memory.is_unpacked_into(path) and not os.path.isdir(path) for path in places)  # noqa: PTH112
    if new or any(map(shell.memory.is_fetched, places)):
        shell.refuse("remote.code", command.argv)


def refuse_remote_words(words: Iterable[str], command: Command, shell: Shell) -> None:
    """As refuse_if_remote, for each of these words."""
    for word in words:
        refuse_if_remote(word, command, shell)
