"""What an attempt is made of: a series of sessions, each with a purpose, on one base."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.core.references import IssueRef


class Purpose(StrEnum):
    """Why a session runs. Each has its own brief (`bot.core.brief`)."""

    IMPLEMENT = "implement"
    """Make the change that the issue asks for."""
    MEND = "mend"
    """Repair the change, because checks of the repository fail with it and passed before."""
    REVISE = "revise"
    """Change a pull request as its reviewers ask."""
    REPAIR = "repair"
    """Repair a pull request whose checks fail on GitHub."""
    REBASE = "rebase"
    """Put a pull request that conflicts with its base branch on top of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What the work of an attempt starts from, and its pull request merges into.

    `commit` is where the work leaves `branch`: where that was when the attempt was prepared, or, for work that goes on,
    where it had been then. Lockfiles and checks are read from it, and the change is what differs from it. Settings and
    instructions are those of the default branch as it is now. `below`: the issue whose open pull request the branch
    belongs to, None for the default branch. `parts`: the branches of which `commit` is a merge, with their issues.
    """

    branch: str
    commit: str
    below: IssueRef | None = None
    parts: tuple[tuple[IssueRef, str], ...] = ()
