"""What follows from what happened: a view in, effects out, nothing touched.

`bot.intake` gathers the view from GitHub and the ledger and performs the effects in one transaction. Whether
somebody may start anything is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.core import messages
from bot.core.commands import Cancel, Command, Help, Mistyped, Retry, Status, parse_command
from bot.core.dependencies import find_cycle
from bot.core.facts import Actor, CommentFacts, IssueFacts
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet
from bot.core.references import IssueRef
from bot.core.tasks import (
    ACTIVE,
    Blocker,
    Overrides,
    Priority,
    Snapshot,
    SnapshotComment,
    State,
    Task,
    may_move,
)


class Standing(Enum):
    """What somebody may do here."""

    WRITER = "has write permission"
    STRANGER = "has no write permission"
    AUTOMATON = "is a bot, or Nightshift itself, and is not listed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueue:
    """Queue the issue, anew or again. With `failure` it is on record as failed at once, and never runs."""

    issue: IssueRef
    snapshot: Snapshot
    blockers: tuple[Blocker, ...]
    priority: Priority
    overrides: Overrides = Overrides()
    failure: FailureKind | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Move the task if it is still in `source`. `withdrawn`: its approval is gone too, so the label counts anew."""

    issue: IssueRef
    source: State
    target: State
    failure: FailureKind | None = None
    detail: str = ""
    withdrawn: bool = False


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


Effect = Enqueue | Move | Prioritize | Noticed | Settle | Acknowledge | Reply | ShowStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Everything that a decision to run an issue is made from.

    `edges`: what each waiting task still waits for, as far as `blockers` lead to it. `changed_since_approval`: the text
    may not be what the approver saw.
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


def standing(actor: Actor, *, me: Actor, trusted: Collection[int], may_write: bool) -> Standing:
    """Bots and Nightshift itself start nothing unless they are listed by number; a login can be taken over."""
    if (actor.is_bot or actor.login == me.login) and actor.id not in trusted:
        return Standing.AUTOMATON
    return Standing.WRITER if may_write else Standing.STRANGER


def refused(issue: IssueRef, actor: Actor, why: Standing) -> list[Effect]:
    """One polite answer on the issue, whoever asks again and however often."""
    return [Reply(issue, f"not-permitted:{issue}", messages.not_permitted(actor, issue, why.value))]


def approved(approval: Approval) -> list[Effect]:
    """Somebody who may wants this issue to be worked on."""
    issue = approval.issue
    if _followed_already(approval):
        return []
    failure, detail = _cannot_start(approval)
    snapshot = Snapshot(
        title=approval.title,
        body=approval.body,
        comments=approval.comments,
        approved_by=approval.approver.login,
        approved_at=approval.at,
    )
    enqueue = Enqueue(
        issue=issue,
        snapshot=snapshot,
        blockers=approval.blockers,
        priority=approval.priority,
        overrides=approval.overrides,
        failure=failure,
        detail=detail,
    )
    noticed = Noticed(issue=issue, state_labels=approval.state_labels, without_comments=approval.without_comments)
    return [enqueue, noticed, ShowStatus(issue)]


def _followed_already(approval: Approval) -> bool:
    """A delivery that comes twice, late or out of order, and a pass that finds what a webhook told, start nothing."""
    task = approval.task
    if task is None:
        return False
    known = task.snapshot.approved_at
    if task.state is State.QUEUED:  # GitHub's times have whole seconds: the same moment may bring another text
        return known is not None and (approval.at < known or _is_in_the_queue(task, approval))
    return task.state is State.RUNNING or (known is not None and approval.at <= known)


def _is_in_the_queue(task: Task, approval: Approval) -> bool:
    """Whether the task waits for just this, undelayed. A webhook and a periodic pass that meet must not judge twice:
    a circle that the first of its issues closes would then be found in the others too."""
    snapshot = task.snapshot
    same_text = (snapshot.title, snapshot.body, snapshot.comments) == (approval.title, approval.body, approval.comments)
    as_asked = task.overrides == approval.overrides and task.priority is approval.priority
    return same_text and as_asked and task.failure is None and task.not_before is None


def _cannot_start(approval: Approval) -> tuple[FailureKind | None, str]:
    if approval.changed_since_approval:
        return FailureKind.SNAPSHOT_STALE, ""
    unmet = [blocker.issue for blocker in approval.blockers if not blocker.met]
    loop = find_cycle(approval.issue, {**approval.edges, approval.issue: unmet})
    if loop is not None:
        return FailureKind.DEPENDENCY_CYCLE, " → ".join(map(str, loop))
    return None, ""


def prioritized(task: Task | None, priority: Priority) -> list[Effect]:
    """A label for the priority was put on or taken off; GitHub lets only those do so who may triage."""
    if task is None or task.state is not State.QUEUED or task.priority is priority:
        return []
    return [Prioritize(task.issue, priority), ShowStatus(task.issue)]


def withdrawn(task: Task | None, why: str) -> list[Effect]:
    """The label was taken off, or the issue was closed: what waits or runs stops, what was published stays."""
    return _cancelled(task, why, withdrawn=True)


def cancelled(task: Task | None, why: str) -> list[Effect]:
    """Somebody who may said so. The label stays on, and the approval on record: the same label starts nothing anew."""
    return _cancelled(task, why, withdrawn=False)


def _cancelled(task: Task | None, why: str, *, withdrawn: bool) -> list[Effect]:
    if task is None or task.state not in ACTIVE | {State.FAILED}:
        return []
    cancel = Move(
        issue=task.issue,
        source=task.state,
        target=State.CANCELLED,
        failure=FailureKind.CANCELLED,
        detail=why,
        withdrawn=withdrawn,
    )
    return [cancel, ShowStatus(task.issue)]


def issue_closed(issue: IssueRef, facts: IssueFacts, task: Task | None) -> list[Effect]:
    """A closed issue runs no more; closed as completed, it holds nobody up either."""
    settle: list[Effect] = [Settle(issue, met=True)] if facts.completed else []
    return [*withdrawn(task, "the issue was closed"), *settle]


def pull_request_ended(task: Task | None, *, merged: bool) -> list[Effect]:
    if task is None or task.state is not State.IN_REVIEW:
        return []
    target = State.DONE if merged else State.CLOSED
    moved = Move(issue=task.issue, source=State.IN_REVIEW, target=target)
    return [moved, Settle(task.issue, met=merged), ShowStatus(task.issue)]


def command_given(
    command: Command, comment: CommentFacts, *, issue: IssueRef, facts: IssueFacts, task: Task | None, labels: LabelSet
) -> list[Effect]:
    """A command of somebody who may, apart from an honest `/retry`, which needs an Approval (`is_retry`)."""
    seen: list[Effect] = [Acknowledge(issue, comment.id)]
    key = f"comment:{comment.id}"
    match command:
        case Cancel():
            return seen + (
                cancelled(task, f"{comment.author.login} said `/cancel`")
                or [Reply(issue, key, messages.nothing_to_cancel(task))]
            )
        case Status():
            return [*seen, Reply(issue, key, messages.status_reply(task)), ShowStatus(issue)]
        case Help():
            return [*seen, Reply(issue, key, messages.help_text())]
        case Mistyped():
            return [*seen, Reply(issue, key, messages.mistyped(command))]
        case Retry():
            return [*seen, Reply(issue, key, messages.cannot_retry(retry_obstacle(facts, task, labels.trigger) or ""))]


def retry_obstacle(facts: IssueFacts, task: Task | None, trigger: str) -> str | None:
    """Why `/retry` cannot be followed, as a sentence; None if it can."""
    if not facts.is_open:
        return "The issue is closed: reopen it first."
    if trigger not in facts.labels:
        return f"The issue does not have the label `{trigger}`: put it on instead."
    if task is not None and task.state is State.RUNNING:
        return "It is running already: `/cancel` it first."
    if task is not None and task.state is not State.QUEUED and not may_move(task.state, State.QUEUED):
        return f"It cannot be queued again while it is {task.state.value}."
    return None


def writers_words(comments: Sequence[CommentFacts], writers: Collection[str]) -> tuple[SnapshotComment, ...]:
    """The comments that belong into a snapshot: those of people with write permission that say something to Claude.

    Nightshift's own comments carry a hidden tag; a comment that is a command and nothing else says nothing.
    """
    return tuple(
        SnapshotComment(author=comment.author.login, body=comment.body)
        for comment in comments
        if comment.author.login in writers
        and not messages.is_ours(comment.body)
        and not (parse_command(comment.body) and len(comment.body.strip().splitlines()) == 1)
    )
