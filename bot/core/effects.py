"""The effects of a decision: values, which `bot.steps.effects` performs in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.attempts import Purpose
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.said import Said
from bot.core.stacking import BlockerState
from bot.core.tasks import Blocker, Lint, MergedInto, Overrides, Priority, Snapshot, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Queue the issue, for the first time or again. With `failure` it fails at once and never runs.

    `after_attempts`: how many attempts the task had when this was decided. If it has more by now, another process has
    followed the same request. `mirrored`: what the text names now or named before, whose relations may have to follow.
    """

    issue: IssueRef
    snapshot: Snapshot
    blockers: tuple[Blocker, ...]
    priority: Priority
    overrides: Overrides = Overrides()
    failure: FailureKind | None = None
    detail: str = ""
    after_attempts: int = 0
    lint: Lint = Lint.NONE
    mirrored: tuple[IssueRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Accept:
    """A person wants the issue run as it is, whatever the remarks on it say."""

    issue: IssueRef
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Move the task if it is still in `source`. `withdrawn`: its approval is void, so the label may approve it anew.
    `actor`: the login of who asked for it; empty if Nightshift found it by itself. `head`: the last commit that was
    merged, where that is known."""

    issue: IssueRef
    source: State
    target: State
    failure: FailureKind | None = None
    detail: str = ""
    withdrawn: bool = False
    actor: str = ""
    merged_into: MergedInto | None = None
    head: str = ""


@dataclass(frozen=True, slots=True)
class Confirm:
    """A queued task was approved again, with the same text."""

    issue: IssueRef
    approved_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteEdit:
    """A queued task got the text of this edit: an earlier edit that arrives late changes nothing."""

    issue: IssueRef
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteStop:
    """The label was taken off, or the issue closed: an earlier approval that arrives late starts nothing."""

    issue: IssueRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCommand:
    """A `/retry` or a `/cancel` was followed: an earlier command that arrives late changes nothing."""

    issue: IssueRef
    comment: int
    at: datetime
    cancels: bool


@dataclass(frozen=True, slots=True)
class Prioritize:
    """Change the priority to what the issue's labels say now. The approved text stays as it is."""

    issue: IssueRef
    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteShown:
    """What GitHub showed of the issue when it was read, so that it need not be read again before it is changed.
    `state_labels`: with the verdict's."""

    issue: IssueRef
    state_labels: frozenset[str]
    without_comments: bool


@dataclass(frozen=True, slots=True)
class Settle:
    """Record for every task that waits for `issue` whether it still has to."""

    issue: IssueRef
    state: BlockerState


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceBlockers:
    """Let the queued task wait for these from now on, if it still waits for those that were `known`. With `failure` it
    fails at once: they are a cycle."""

    issue: IssueRef
    known: tuple[Blocker, ...]
    blockers: tuple[Blocker, ...]
    failure: FailureKind | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """👀 on a comment: Nightshift has read it."""

    issue: IssueRef
    comment: int


@dataclass(frozen=True, slots=True)
class AcknowledgeLine:
    """👀 on a comment on a line of a pull request."""

    pull: IssueRef
    comment: int


@dataclass(frozen=True, slots=True)
class NoteAnswered:
    """A command that may not be followed was answered: a later pass, by which the task has gone on, does not answer it
    in another way."""

    issue: IssueRef
    comment: int


@dataclass(frozen=True, slots=True)
class NoteReplied:
    """The issue's author answered the questions of the attempt with this number."""

    issue: IssueRef
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRevision:
    """Queue the task of `issue` to revise its open pull request. `item`: the key of what asks for it, which asks once.
    The approved text stays as it is."""

    issue: IssueRef
    item: str
    pull_request: int
    by: str
    at: datetime
    overrides: Overrides = Overrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRepair:
    """Queue the task of `issue` for a repair of its open pull request, whose head is `head`: REPAIR or REBASE. `onto`:
    for a REBASE because what it stands on was merged or has changed: the commit of that, or "merged"; "github" where
    GitHub may have done it."""

    issue: IssueRef
    pull_request: int
    purpose: Purpose
    head: str
    onto: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRepaired:
    """A repair was started for this head of its pull request; no other one is."""

    issue: IssueRef
    head: str


@dataclass(frozen=True, slots=True)
class NoteStacked:
    """GitHub showed a native stack in this repository: it takes them, whatever it answered before."""

    repository: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One comment, posted once for each key. `status_of`: for `/status`, the issue whose state it says, as that is when
    the comment is sent."""

    issue: IssueRef
    key: str
    body: str
    status_of: IssueRef | None = None


@dataclass(frozen=True, slots=True)
class Speak:
    """A person says something to the session that works on the issue."""

    issue: IssueRef
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class NotePress:
    """A person pressed a button of a check run of the task: `text` says what became of it, on the check run of the
    attempt with this number."""

    issue: IssueRef
    attempt: int
    text: str


@dataclass(frozen=True, slots=True)
class ShowStatus:
    """Update the issue's status comment and state label."""

    issue: IssueRef


Note = NoteEdit | NoteStop | NoteCommand
Effect = (
    Enqueue
    | Accept
    | Move
    | Confirm
    | Note
    | Prioritize
    | NoteShown
    | Settle
    | ReplaceBlockers
    | Acknowledge
    | AcknowledgeLine
    | NoteAnswered
    | NoteReplied
    | QueueRevision
    | QueueRepair
    | NoteRepaired
    | NoteStacked
    | Speak
    | NotePress
    | Reply
    | ShowStatus
)
