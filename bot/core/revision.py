"""A revision of a pull request that people asked for, and the answers that its attempt has ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said once a revision is published. `item`: the key of what it answers. `thread`: the first comment of the
    thread that it goes into, None for the one answer on the pull request."""

    item: str
    thread: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision that `by` asked for at `at` (GitHub's time, aware, UTC)."""

    pull_request: int
    by: str
    at: datetime
    answers: tuple[Answer, ...] = ()
