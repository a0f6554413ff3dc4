"""The commands that set up a checkout, each with its reason, and the files of a commit from which they are found."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from posixpath import dirname

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
    `$NIGHTSHIFT_SETUP`. `otherwise`: what is tried where this fails, since it was written for another machine."""

    origin: Origin
    commands: tuple[Command, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    otherwise: SetUp | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """The files of one commit: their `paths`, and what is in those that are text (None: no such file)."""

    paths: Collection[str]
    read: ReadText

    def text(self, path: str) -> str:
        return (self.read(path) or "") if path in self.paths else ""

    def folders_with(self, *names: str) -> list[str]:
        """The folders that hold such a file: the root alone if it does; else the nearest ones, three at most."""
        found = sorted({dirname(path) for path in self.paths if path.rpartition("/")[2] in names and is_own(path)})
        nearest = sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))
        return [""] if "" in found else [folder for folder in nearest if folder.count("/") < _DEEPEST][:_MOST]

    def at(self, folder: str) -> Tree:
        """The files below a folder, by their paths in it."""
        if not folder:
            return self
        start = f"{folder}/"
        below = frozenset(path.removeprefix(start) for path in self.paths if path.startswith(start))
        return Tree(below, lambda path: self.read(start + path))

    def top(self) -> Iterator[str]:
        return (path for path in self.paths if "/" not in path)


_MOST, _DEEPEST = 3, 2
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
