"""Back-pressure: what a queued task waits for although it could run, so that people keep up with what is published."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.references import IssueRef

MAX_OPEN_PULL_REQUESTS = 10
"""Of one repository, unless its `.github/nightshift.yml` says otherwise."""


@dataclass(frozen=True, slots=True)
class TooManyOpen:
    """So many pull requests of the bot are open in the repository, or are about to be. `limit`: how many may be."""

    limit: int


@dataclass(frozen=True, slots=True)
class SharesFile:
    """The task of `issue` runs, and its text names `file` as well."""

    issue: IssueRef
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two pull requests of one repository that git cannot merge one after the other, by their numbers."""

    one: int
    other: int
    files: tuple[str, ...] = ()


Hold = TooManyOpen | SharesFile


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPulls:
    """Of one repository. `pulls`: those of the bot that are open and wait for a person, or for the bot to revise them;
    `running`: how many tasks run that may open one; `limit`: None while it was not read yet."""

    pulls: int = 0
    running: int = 0
    limit: int | None = None

    @property
    def most(self) -> int:
        return MAX_OPEN_PULL_REQUESTS if self.limit is None else self.limit

    @property
    def left(self) -> int:
        """How many further tasks may start, each of which may open a pull request. The first one reads the limit."""
        left = self.free
        return left if self.limit is not None else min(left, max(0, 1 - self.running))

    def holds(self, position: int | None) -> bool:
        """Whether the task at this place of its repository's queue, from 1, waits for a pull request to be merged or
        closed. While several more may start, the others wait for their turn."""
        return position is not None and self.is_nearly_full and position > self.free

    @property
    def is_nearly_full(self) -> bool:
        return self.free <= 1

    @property
    def free(self) -> int:
        """How many more pull requests may be opened, if each task that runs opens one."""
        return max(0, self.most - self.pulls - self.running)
