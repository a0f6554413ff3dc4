"""What a digest says of single issues."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.failures import FailureKind, Turn
from bot.core.pauses import Cause
from bot.core.references import IssueRef


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedIssue:
    """An issue that something is said of."""

    issue: IssueRef
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(NamedIssue):
    """A task that failed or, with the kind `needs_info`, has questions. `detail`: the evidence, or Claude's words.
    `is_answered`: the issue's author replied to the questions. `draft`: the pull request that shows its work."""

    kind: FailureKind
    turn: Turn
    next_step: str
    detail: str
    is_answered: bool = False
    draft: IssueRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(NamedIssue):
    """A queued task that waits for others. `pull_requests`: the open ones that have to be merged for it; `failed`: what
    somebody has to decide on; `issues`: what else it waits for."""

    pull_requests: tuple[IssueRef, ...]
    failed: tuple[IssueRef, ...] = ()
    issues: tuple[IssueRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun(NamedIssue):
    """A task that could have run, and did not. `why`: a sentence; `cause`: of the pause, if it was one.
    `is_next`: it starts without a person's help, soon. `waits_for_go`: a person has to start it; `is_new`: since
    tonight."""

    why: str
    cause: Cause | None = None
    is_next: bool = False
    waits_for_go: bool = False
    is_new: bool = False
