"""A revision of a pull request, asked for by people or started by Nightshift, and the answers that are ready for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from bot.core.attempts import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAnswer:
    """What is said once a revision is published. `item`: the key of what it answers. `thread`: the first comment of the
    thread that it goes into, None for the one answer on the pull request."""

    item: str
    thread: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision that `by` asked for at `at` (GitHub's time, aware, UTC). `purpose`: other than REVISE for what
    Nightshift started; then `by` is empty, and `about` names the checks or the files that it is for."""

    pull_request: int
    by: str
    at: datetime
    answers: tuple[ReviewAnswer, ...] = ()
    purpose: Purpose = Purpose.REVISE
    about: tuple[str, ...] = ()

    @property
    def is_repair(self) -> bool:
        """Whether Nightshift started it, and no person."""
        return self.purpose is not Purpose.REVISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """What was started for a task since a person last asked for it. `checks`: repairs of failing checks; `sessions`:
    those that resolved a conflict; `checked` and `conflicted`: the heads that were taken up. `restacked`: the head that
    was put on what it stands on, and that."""

    checks: int = 0
    sessions: int = 0
    checked: str = ""
    conflicted: str = ""
    restacked: str = ""

    def restack(self, head: str, onto: str) -> Self:
        """Each head is put once on what it stands on."""
        return replace(self, restacked=f"{head} {onto}")

    def is_restacked(self, head: str) -> bool:
        return self.restacked.partition(" ")[0] == head


NO_REPAIRS = Repairs()
