"""What a decision asks for: values, each of which `bot.steps.effects` performs in the transaction of its decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Overrides, Priority, Snapshot, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Queue the issue, anew or again. With `failure` it is on record as failed at once, and never runs.

    `after_attempts`: how many the task had when this was decided. One more since then was started by another process,
    which knew of the same wish.
    """

    issue: IssueRef
    snapshot: Snapshot
    blockers: tuple[Blocker, ...]
    priority: Priority
    overrides: Overrides = Overrides()
    failure: FailureKind | None = None
    detail: str = ""
    after_attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Move the task if it is still in `source`. `withdrawn`: its approval is gone too, so the label counts anew.
    `actor`: the login of who asked for it; empty if Nightshift found it by itself."""

    issue: IssueRef
    source: State
    target: State
    failure: FailureKind | None = None
    detail: str = ""
    withdrawn: bool = False
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """What waits was approved again, as it is."""

    issue: IssueRef
    approved_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Edited:
    """What waits has the text of that moment: an earlier edit that comes late is past."""

    issue: IssueRef
    at: datetime


@dataclass(frozen=True, slots=True)
class Stopped:
    """The label was taken off then, or the issue closed: whatever is older starts nothing any more."""

    issue: IssueRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """A `/retry` or a `/cancel` was followed: an earlier one that comes late is past."""

    issue: IssueRef
    comment: int
    at: datetime
    cancels: bool


@dataclass(frozen=True, slots=True)
class Prioritize:
    """Before or after the others, as the issue's labels say now. What was approved stays as it is."""

    issue: IssueRef
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """What GitHub showed of the issue when it was read: what is known need not be asked again."""

    issue: IssueRef
    state_labels: frozenset[str]
    without_comments: bool


@dataclass(frozen=True, slots=True)
class Settle:
    """Tell all tasks that wait for `issue` whether they still have to."""

    issue: IssueRef
    met: bool


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """👀 on a comment: it was read."""

    issue: IssueRef
    comment: int


@dataclass(frozen=True, slots=True)
class Reply:
    """One comment, once for each key."""

    issue: IssueRef
    key: str
    body: str


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Bring the issue's status comment and state label up to date."""

    issue: IssueRef


_OfTheTask = Enqueue | Move | Confirm | Edited | Stopped | Commanded | Prioritize | Noticed | Settle
Effect = _OfTheTask | Acknowledge | Reply | ShowStatus
