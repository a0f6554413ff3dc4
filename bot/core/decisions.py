"""What follows from what happened: a view in, effects out, nothing touched.

`bot.intake` gathers the view from GitHub and the ledger and performs the effects in one transaction. Whether
somebody may start anything is decided here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import Enum

from bot.core import messages
from bot.core.approvals import Approval, asked_at, confirms, is_followed_already, is_taken_back, why_not
from bot.core.commands import Cancel, Command, Help, Mistyped, Retry, Status, parse_command
from bot.core.effects import (
    Acknowledge,
    Commanded,
    Confirm,
    Edited,
    Effect,
    Enqueue,
    Move,
    Noticed,
    Prioritize,
    Reply,
    Settle,
    ShowStatus,
    Stopped,
)
from bot.core.facts import Actor, CommentFacts, IssueFacts
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet, has
from bot.core.references import IssueRef
from bot.core.tasks import (
    ACTIVE,
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
    if is_taken_back(approval):
        return []
    if is_followed_already(approval):
        return [Confirm(issue, approval.approver.login, approval.at)] if confirms(approval) else []
    failure, detail = why_not(approval)
    snapshot = Snapshot(
        title=approval.title,
        body=approval.body,
        comments=approval.comments,
        approved_by=approval.approver.login,
        approved_at=asked_at(approval),
    )
    enqueue = Enqueue(
        issue=issue,
        snapshot=snapshot,
        blockers=approval.blockers,
        priority=approval.priority,
        overrides=approval.overrides,
        failure=failure,
        detail=detail,
        after_attempts=approval.task.attempts if approval.task is not None else 0,
    )
    noticed = Noticed(issue=issue, state_labels=approval.state_labels, without_comments=approval.without_comments)
    edited: list[Effect] = [Edited(issue, approval.at)] if approval.by_edit else []
    return [enqueue, *edited, noticed, ShowStatus(issue)]


def prioritized(task: Task | None, priority: Priority) -> list[Effect]:
    """A label for the priority was put on or taken off; GitHub lets only those do so who may triage."""
    if task is None or task.state is not State.QUEUED or task.priority is priority:
        return []
    return [Prioritize(task.issue, priority), ShowStatus(task.issue)]


def unwanted(issue: IssueRef, task: Task | None, why: str, *, at: datetime, wanted_again: bool) -> list[Effect]:
    """The label was taken off, or the issue was closed, at `at`; `wanted_again` if the label is on it, open, now.

    What was approved after that goes on. What was approved before stops even so: that it may go on again is the
    later approval's to say.
    """
    approved_at = task.snapshot.approved_at if task is not None else None
    approved_since = wanted_again and approved_at is not None and approved_at >= at
    return [Stopped(issue, at), *([] if approved_since else withdrawn(task, why))]


def withdrawn(task: Task | None, why: str) -> list[Effect]:
    """Nobody wants it any more: what waits or runs stops, what was published stays."""
    return _cancelled(task, why, withdrawn=True)


def cancelled(task: Task | None, why: str, *, actor: str = "") -> list[Effect]:
    """Somebody who may said so. The label stays on, and the approval on record: the same label starts nothing anew."""
    return _cancelled(task, why, withdrawn=False, actor=actor)


def _cancelled(task: Task | None, why: str, *, withdrawn: bool, actor: str = "") -> list[Effect]:
    if task is None or task.state not in ACTIVE | {State.FAILED}:
        return []
    cancel = Move(
        issue=task.issue,
        source=task.state,
        target=State.CANCELLED,
        failure=FailureKind.CANCELLED,
        detail=why,
        withdrawn=withdrawn,
        actor=actor,
    )
    return [cancel, ShowStatus(task.issue)]


def issue_closed(
    issue: IssueRef, facts: IssueFacts, task: Task | None, *, at: datetime, labels: LabelSet
) -> list[Effect]:
    """A closed issue runs no more. `facts` are of now: it may have been opened again since."""
    labelled = has(facts.labels, labels.trigger)
    if task is None and not labelled:
        return []
    return unwanted(issue, task, "the issue was closed", at=at, wanted_again=facts.is_open and labelled)


def is_met(facts: IssueFacts, task: Task | None) -> bool:
    """Whether nobody has to wait for this issue or pull request any more."""
    return facts.completed or (task is not None and task.state in {State.IN_REVIEW, State.DONE})


def pull_request_is(
    task: Task | None, *, is_open: bool, merged_at: datetime | None, issue_completed: bool = False
) -> list[Effect]:
    """The task's pull request is open, merged or closed now. A merge ends whatever does not wait or run, but not what
    was asked for since. What was asked for and taken back is again what it was before."""
    if task is None:
        return []
    if merged_at is not None:
        asked_since = task.snapshot.approved_at is not None and task.snapshot.approved_at > merged_at
        ends = may_move(task.state, State.DONE) and not (asked_since and task.state is not State.CANCELLED)
        return _went(task, State.DONE, met=True) if ends else []
    if is_open:
        return _went(task, State.IN_REVIEW, met=True) if task.state in {State.CLOSED, State.CANCELLED} else []
    closes = task.state in {State.IN_REVIEW, State.CANCELLED}
    return _went(task, State.CLOSED, met=issue_completed) if closes else []


def _went(task: Task, target: State, *, met: bool) -> list[Effect]:
    moved = Move(issue=task.issue, source=task.state, target=target)
    return [moved, Settle(task.issue, met=met), ShowStatus(task.issue)]


def command_given(
    command: Command, comment: CommentFacts, *, issue: IssueRef, facts: IssueFacts, task: Task | None, labels: LabelSet
) -> list[Effect]:
    """A command of somebody who may, apart from an honest `/retry`, which needs an Approval (`is_retry`)."""
    seen: list[Effect] = [Acknowledge(issue, comment.id)]
    key = f"comment:{comment.id}"
    match command:
        case Cancel():
            return [*seen, commanded(issue, comment, cancels=True), *_cancel_said(comment, issue, task)]
        case Status():
            return [*seen, Reply(issue, key, messages.status_reply(task)), ShowStatus(issue)]
        case Help():
            return [*seen, Reply(issue, key, messages.help_text())]
        case Mistyped():
            return [*seen, Reply(issue, key, messages.mistyped(command))]
        case Retry():
            return [*seen, Reply(issue, key, messages.cannot_retry(retry_obstacle(facts, task, labels.trigger) or ""))]


def commanded(issue: IssueRef, comment: CommentFacts, *, cancels: bool) -> Commanded:
    return Commanded(issue=issue, comment=comment.id, at=comment.created_at, cancels=cancels)


def _cancel_said(comment: CommentFacts, issue: IssueRef, task: Task | None) -> list[Effect]:
    approved_at = task.snapshot.approved_at if task is not None else None
    if approved_at is not None and approved_at > comment.created_at:
        return []  # it was asked for again since
    stopped = cancelled(task, f"{comment.author.login} said `/cancel`", actor=comment.author.login)
    return stopped or [Reply(issue, f"comment:{comment.id}", messages.nothing_to_cancel(task))]


def retry_obstacle(facts: IssueFacts, task: Task | None, trigger: str) -> str | None:
    """Why `/retry` cannot be followed, as a sentence; None if it can."""
    if not facts.is_open:
        return "The issue is closed: reopen it first."
    if not has(facts.labels, trigger):
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
