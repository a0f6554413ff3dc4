"""Whether an approval starts anything, in whatever order it and what else happened comes in.

GitHub's times say what came first: a delivery may come twice, late or not at all, and a periodic pass may have found
before what it tells. GitHub's times have whole seconds; within one, what GitHub shows now counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.dependencies import find_cycle
from bot.core.facts import Actor
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Overrides, Priority, SnapshotComment, State, Task

# A label may be told with the time of its event or of its issue, which differ a little.
_SAME_LABEL = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Everything that a decision to run an issue is made from.

    `edges`: what each waiting task still waits for, as far as `blockers` lead to it. `changed_since_approval`: the text
    may not be what the approver saw. `text_now`: title and body as GitHub shows them. `by_command`: a comment, not a
    label. `by_edit`: no new wish, only another text; `edited_at`: when that last happened. `stopped_at`: when the label
    was last known to be taken off, or the issue to be closed; `cancelled_at`: when somebody last said `/cancel`, and no
    `/retry` since.
    """

    issue: IssueRef
    task: Task | None
    approver: Actor
    at: datetime
    title: str
    body: str
    comments: tuple[SnapshotComment, ...]
    blockers: tuple[Blocker, ...]
    priority: Priority
    edges: Mapping[IssueRef, Collection[IssueRef]]
    overrides: Overrides = Overrides()
    changed_since_approval: bool = False
    state_labels: frozenset[str] = frozenset()
    without_comments: bool = False
    text_now: tuple[str, str] | None = None
    by_command: bool = False
    by_edit: bool = False
    edited_at: datetime | None = None
    stopped_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def text(self) -> tuple[str, str]:
        return self.title, self.body


def is_taken_back(approval: Approval) -> bool:
    """Whether what came after it is known already: it was stopped, or cancelled. A label of the second of a `/cancel`
    came before it; which of two commands was first, their numbers tell."""
    stopped = approval.stopped_at is not None and approval.at < approval.stopped_at
    cancelled = approval.cancelled_at is not None and not approval.by_command and approval.at <= approval.cancelled_at
    return stopped or cancelled


def is_followed_already(approval: Approval) -> bool:
    """A delivery that comes twice, late or out of order, and a pass that finds what a webhook told, start nothing."""
    task = approval.task
    if task is None:
        return False
    known = approved_at(task)
    if task.state is State.QUEUED:
        return known is not None and (approval.at < known or _is_in_the_queue(task, approval) or _is_past(approval))
    if task.state is State.RUNNING:
        return True
    return known is not None and approval.at <= _counts_until(known, approval) and not _heals(task, approval)


def approved_at(task: Task) -> datetime | None:
    """None once nobody wants it any more. What came back from GitHub by its pull request alone does not tell: that was
    approved before it came back."""
    unknown = task.snapshot.approved_at is None and task.state is not State.CANCELLED
    return task.created_at if unknown else task.snapshot.approved_at


def confirms(approval: Approval) -> bool:
    """Whether it approves anew what waits already: whatever came before it does not stop it any more."""
    task = approval.task
    known = task.snapshot.approved_at if task is not None else None
    waits = task is not None and task.state is State.QUEUED
    return waits and known is not None and approval.at > known and not approval.by_edit


def asked_at(approval: Approval) -> datetime:
    """When it was asked for: an edit changes what was asked for, and not when."""
    known = approval.task.snapshot.approved_at if approval.task is not None else None
    return known if approval.by_edit and known is not None else approval.at


def why_not(approval: Approval) -> tuple[FailureKind | None, str]:
    """What keeps it from running at all, and the evidence."""
    if approval.changed_since_approval:
        return FailureKind.SNAPSHOT_STALE, ""
    unmet = [blocker.issue for blocker in approval.blockers if not blocker.met]
    loop = find_cycle(approval.issue, {**approval.edges, approval.issue: unmet})
    if loop is not None:
        return FailureKind.DEPENDENCY_CYCLE, " → ".join(map(str, loop))
    return None, ""


def _is_in_the_queue(task: Task, approval: Approval) -> bool:
    """Whether the task waits for just this, undelayed. A webhook and a periodic pass that meet must not judge twice:
    a circle that the first of its issues closes would then be found in the others too."""
    snapshot = task.snapshot
    same_text = (snapshot.title, snapshot.body, snapshot.comments) == (*approval.text, approval.comments)
    as_asked = task.overrides == approval.overrides and task.priority is approval.priority
    return same_text and as_asked and task.failure is None and task.not_before is None


def _is_past(approval: Approval) -> bool:
    """Whether a later edit is known; of two of one second, that is the one whose text GitHub shows."""
    task = approval.task
    if task is None:
        return False
    known = task.snapshot.approved_at
    last = approval.edited_at if approval.edited_at is not None and approval.by_edit else known
    if last is None or approval.at > last:
        return False
    is_now = approval.text != approval.text_now == (task.snapshot.title, task.snapshot.body)
    return approval.at < last or is_now


def _counts_until(known: datetime, approval: Approval) -> datetime:
    return known if approval.by_command else known + _SAME_LABEL


def _heals(task: Task, approval: Approval) -> bool:
    """A periodic pass could not tell what had been approved; the delivery that comes after all knows the text."""
    known = task.snapshot.approved_at
    stale = task.state is State.FAILED and task.failure is FailureKind.SNAPSHOT_STALE
    same = known is not None and abs(approval.at - known) <= _SAME_LABEL
    return stale and same and not approval.changed_since_approval
