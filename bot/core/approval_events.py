"""The events that decide whether an issue is worked on, and with which text. Times are GitHub's, aware, UTC.

Who did something is part of the event, with the permission that they have: an event by anybody else than a writer
approves nothing (`bot.core.approval_rules`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum

from bot.core.facts import Actor
from bot.core.failures import FailureKind
from bot.core.tasks import Overrides, Priority, Snapshot, SnapshotAnswer, SnapshotComment, State, Task

OPERATOR = "the operator"
"""Who approves with `nightshift add` and `nightshift retry`. No login has a space in it."""


class Role(Enum):
    """The permission of an account in a repository."""

    WRITER = "has write permission"
    STRANGER = "has no write permission"
    AUTOMATON = "is a bot or Nightshift's own account, and is not in TRUSTED_BOT_IDS"


def is_automaton(actor: Actor, *, me: Actor, trusted: Collection[int]) -> bool:
    """Bots and Nightshift itself start nothing unless their number is listed: another account can take over a login."""
    return (actor.is_bot or actor.id == me.id) and actor.id not in trusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The label was put on, or the issue was reopened with it. `text`: the issue as it was then, out of the signed
    event; None where polling found the label, since GitHub's history does not hold the text. `is_own`: by the bot's
    own account, with which `nightshift add` puts the label on."""

    at: datetime
    by: Actor
    role: Role
    text: Text | None
    is_own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Retried:
    """`/retry`. `comment`: GitHub numbers comments in the order in which they came; None for the operator's command,
    which no earlier stop takes back. `text`: as for `Labelled`."""

    at: datetime
    by: Actor
    role: Role
    text: Text | None
    comment: int | None
    overrides: Overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted:
    """👍 on a reply of the issue's author to Claude's questions. `comment`: the reply."""

    at: datetime
    by: Actor
    role: Role
    comment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The title, the body or both were changed. None: not touched, so that who corrects the title does not approve a
    body that they may not have read."""

    at: datetime
    by: Actor
    role: Role
    title: str | None
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The label was taken off, or the issue was closed. GitHub decides who may do so. `why`: a clause for people."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """`/cancel`."""

    at: datetime
    by: Actor
    role: Role
    comment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorReply:
    """A comment of the issue's author since Claude asked its first questions. `may_write`: the author's words are read
    with those of the other writers."""

    comment: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime
    may_write: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What GitHub shows of the issue now. `is_wanted`: it is open and has the label. `author_may_write`: only writers
    could have changed the text since `updated_at`. `comments`: those of writers, as far as they are for Claude.
    `replies`: the author's."""

    text: Text
    is_wanted: bool
    updated_at: datetime
    author_may_write: bool = True
    comments: tuple[SnapshotComment, ...] = ()
    replies: tuple[AuthorReply, ...] = ()
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was decided from earlier events: the task, and the last event of each kind that was followed.

    `edited_at`: the edit that gave the task its text. `stopped_at`: the last `Stopped`. `command`: the comment of the
    last `/retry` or `/cancel`, 0 for none; `cancelled_at`: its time if it was `/cancel`.
    """

    task: Task | None = None
    edited_at: datetime | None = None
    stopped_at: datetime | None = None
    command: int = 0
    cancelled_at: datetime | None = None


Event = Labelled | Retried | Reacted | Edited | Stopped | Cancelled | Shown | Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """A text that a writer approved. `is_stale`: an author without write permission may have changed it since.
    `edited_at`: the writer's edit after the approval that gave it this text."""

    at: datetime
    by: str
    text: Text
    comments: tuple[SnapshotComment, ...] = ()
    answers: tuple[SnapshotAnswer, ...] = ()
    overrides: Overrides = Overrides()
    is_stale: bool = False
    edited_at: datetime | None = None

    @property
    def snapshot(self) -> Snapshot:
        return Snapshot(
            title=self.text.title,
            body=self.text.body,
            comments=self.comments,
            answers=self.answers,
            approved_by=self.by,
            approved_at=self.at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """The task has to stop. `withdraws`: its approval is void too, so that the label may approve it anew. `actor`: the
    login of who cancelled it, empty where the events do not say."""

    why: str
    withdraws: bool
    actor: str = ""

    def applied_to(self, task: Task) -> Task:
        snapshot = replace(task.snapshot, approved_at=None) if self.withdraws else task.snapshot
        return replace(task, state=State.CANCELLED, failure=FailureKind.CANCELLED, snapshot=snapshot)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What follows from the events of an issue.

    `approval`: the one that counts, None if there is none or it was taken back. `queues`: the task has to be queued for
    it, anew or with another text. `confirms`: it repeats what is queued, so only its time and its approver change.
    `stop`: the task on record has to stop first; `cancels_nothing`: the last `/cancel` found no task to stop.
    `refused`: the last request by somebody who may not make it.
    """

    approval: Approval | None = None
    priority: Priority = Priority.NORMAL
    queues: bool = False
    confirms: bool = False
    stop: Stop | None = None
    cancels_nothing: bool = False
    refused: Labelled | Retried | Cancelled | None = None


def approved_at(task: Task) -> datetime | None:
    """None if the approval was withdrawn. A task that came back from GitHub by its pull request alone has no time of
    its approval: it was approved before it came back."""
    unknown = task.snapshot.approved_at is None and task.state is not State.CANCELLED
    return task.created_at if unknown else task.snapshot.approved_at


def text_of(task: Task) -> Text:
    return Text(title=task.snapshot.title, body=task.snapshot.body)


def is_the_operators(asked: Labelled | Retried) -> bool:
    """Whether a command on the host asked for it."""
    return isinstance(asked, Retried) and asked.comment is None
