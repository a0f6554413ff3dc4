"""What GitHub says of the reviews of a pull request, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.facts import Actor

APPROVED, CHANGES_REQUESTED, COMMENTED = "APPROVED", "CHANGES_REQUESTED", "COMMENTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFacts:
    """`state`: as the API spells it, APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED. `commit`: the newest one of
    the pull request when it was submitted; empty where that is gone."""

    id: int
    author: Actor
    state: str
    body: str
    submitted_at: datetime
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineComment:
    """A comment on a line of a pull request. `thread`: the id of the first comment of its thread. `line`: of today's
    file, or of the file as it was then; None for a comment on a whole file. `hunk`: the diff above it."""

    id: int
    thread: int
    review: int | None
    author: Actor
    body: str
    path: str
    line: int | None
    hunk: str
    created_at: datetime
