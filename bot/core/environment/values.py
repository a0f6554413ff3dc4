"""The commands that set up a checkout, each with its reason, and the files of a commit from which they are found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from posixpath import dirname

from bot.core.projects import find_projects, is_in

ReadText = Callable[[str], str | None]
ENVIRONMENT = "/run/nightshift/python"
"""Where the Python environment is in every cell."""


class Origin(StrEnum):
    """What said how a checkout is set up. The value is what people read."""

    DECLARED = "`setup:` of .github/nightshift.yml"
    WORKFLOW = ".github/workflows/copilot-setup-steps.yml"
    DEVCONTAINER = "the devcontainer's commands"
    OPENHANDS = ".openhands/setup.sh"
    DETECTED = "the repository's manifests and lockfiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a set-up, for a shell that starts at the root of the checkout. `reason`: the file for which it
    runs. `pinned`: a lockfile pins each version that it installs."""

    text: str
    reason: str
    pinned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """How a checkout is set up. `files`: texts that the commands read, by their names in the folder
    `$NIGHTSHIFT_SETUP`. `otherwise`: what is tried where this fails, since it was written for another machine.
    `left_out`: folders that need a set-up of their kind and get none, since there are too many."""

    origin: Origin
    commands: tuple[Command, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    otherwise: SetUp | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)  # without slots: what was found is kept
class Tree:
    """The files of one commit: their `paths`, and what is in those that are text (None: no such file)."""

    paths: Collection[str]
    read: ReadText

    def text(self, path: str) -> str:
        return (self.read(path) or "") if path in self.paths else ""

    def folders_with(self, *names: str, everywhere: bool = False) -> list[str]:
        """The folders that hold such a file: the top, and the projects apart from it; else the nearest ones, none
        within another. `everywhere`: all of them. At most MOST_FOLDERS."""
        return self._all_folders(names, everywhere=everywhere)[:MOST_FOLDERS]

    def left_out(self, *names: str, everywhere: bool = False) -> list[str]:
        """The folders that would be too many."""
        return self._all_folders(names, everywhere=everywhere)[MOST_FOLDERS:]

    @cached_property
    def projects(self) -> frozenset[str]:
        return frozenset(find_projects(self.paths, self.text))

    def _all_folders(self, names: Collection[str], *, everywhere: bool) -> list[str]:
        holding = {dirname(path) for path in self.paths if path.rpartition("/")[2] in names and is_own(path)}
        found = list[str]()
        for folder in sorted(holding, key=lambda folder: (folder.count("/") + bool(folder), folder)):
            is_apart = folder in self.projects if "" in holding else not any(is_in(folder, each) for each in found)
            if not folder or ((is_apart or everywhere) and folder.count("/") < _DEEPEST):
                found.append(folder)
        return found

    def at(self, folder: str) -> Tree:
        """The files below a folder, by their paths in it."""
        if not folder:
            return self
        start = f"{folder}/"
        below = frozenset(path.removeprefix(start) for path in self.paths if path.startswith(start))
        return Tree(below, lambda path: self.read(start + path))

    def top(self) -> Iterator[str]:
        return (path for path in self.paths if "/" not in path)


MOST_FOLDERS = 20
_DEEPEST = 4  # folders of a path
_ELSEWHERE = frozenset(
    {"node_modules", "vendor", "third_party", "testdata", "fixtures", "examples", "example", "docs", "test", "tests"}
    | {"website", "documentation", "samples", "sample", "demos", "demo", "playground", "benchmarks", "benchmark"}
)


def is_own(path: str) -> bool:
    """Whether a manifest is of the project itself: not of what it brings along, shows or tests with."""
    return not any(part in _ELSEWHERE or part.startswith(".") for part in path.split("/")[:-1])


def within(folder: str, command: Command) -> Command:
    """The command, run in a folder of the checkout."""
    if not folder:
        return command
    text = f"(cd {quote_word(folder)} && {command.text})"
    return Command(text=text, reason=f"{folder}/{command.reason}", pinned=command.pinned)


def quote_word(word: str) -> str:
    """The word as a shell reads it as one."""
    return word if _PLAIN.fullmatch(word) else _in_quotes(word)


_PLAIN = re.compile(r"[\w./=@%+:,-]+", re.ASCII)


def _in_quotes(word: str) -> str:
    return "'" + word.replace("'", "'\"'\"'") + "'"
