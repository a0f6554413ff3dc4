"""What the ledger hands out besides tasks and attempts. Times are aware, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.core.ran import Ran
from bot.core.references import IssueRef
from bot.core.reviewers import AskedReviewers
from bot.core.tasks import State, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook as it came in, under the GUID that GitHub gave it. `tries` counts postponements."""

    guid: str
    event: str
    payload: bytes
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A task that is this worker's to run, as long as its lease lasts."""

    task: Task


class Lane(StrEnum):
    """What waits in one lane of the outbox delays nothing in another."""

    GITHUB = "github"
    WEBHOOK = "webhook"
    MAIL = "mail"
    GIT = "git"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """Something to be said to GitHub. `version` rises with each posting under the same key."""

    key: str
    kind: str
    payload: Mapping[str, object]
    tries: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A task without what takes time to read."""

    issue: IssueRef
    state: State
    pull_request: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusComment:
    """The comment of an issue that shows its status. `digest`: SHA-256 of the text that it shows, in hex."""

    comment: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """How one rest was announced: by a comment, or by asking people to look at the pull request (`asked`). `digest`:
    SHA-256 of the text that the comment shows, or would show, in hex; empty where nothing has to be announced, and
    `NOT_POSTED` where it still has, and `NOT_PLANNED` where besides no event was sent; `ASK_AGAIN` where those who gave
    a review have to be asked for another one; `ANNOUNCED` where the text is not known."""

    comment: int | None = None
    digest: str = ""
    asked: AskedReviewers | None = None


NOT_POSTED = "not posted"
NOT_PLANNED = "not planned"
ASK_AGAIN = "ask again"
ANNOUNCED = "announced"


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestShown:
    """The digest of a night. `seen`: SHA-256 of what the ledger last said of it, in hex; `shown`: of the text of its
    issue. Both are empty where none is to be made. `number`: of the issue; `begun_at`: when a try to make it began.
    `earlier_closed`: since then those of earlier nights were closed."""

    seen: str = ""
    number: int | None = None
    shown: str = ""
    begun_at: datetime | None = None
    earlier_closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckShown:
    """A check run as GitHub shows it: its number `run`, the commit that it is on, its `reference` there, and the digest
    of all that it shows."""

    run: int
    head: str
    reference: str
    status: str
    has_buttons: bool
    digest: str
    shown_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A judged commit and the pull request that shows it. `replaces`: where the branch is, None if it is not there.
    `failure`, `detail`: of the task whose work it is, None for a change that is to be reviewed.
    `below`, `below_commit`: the number of the issue whose pull request it builds on, and the commit of that;
    `below_parts`: if that is a merge of several branches, these (`write_parts` in `bot.core.stacking`)."""

    head: str
    replaces: str | None
    base: str
    title: str
    body: str
    summary: str
    failure: str | None = None
    detail: str = ""
    below: int | None = None
    below_commit: str | None = None
    below_parts: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWork:
    """The commits and the conversation of a session that was stopped early: the next attempt resumes from them.

    `head`: the commit that holds it, None if there was nothing yet; it stands on `base`, and lies in the mirror under a
    ref that is never pushed. It is published only if a later session finishes it, is proven, and is judged like any
    other. `session_id`: the conversation, empty if none was kept.
    """

    base: str
    head: str | None
    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """What came last to an issue. `edited_at`: when the text that waits was written. `stopped_at`: when the label went,
    or the issue was closed. `command`: the number of the comment whose `/retry` or `/cancel` was followed;
    `cancelled_at`: if it was `/cancel`.
    """

    edited_at: datetime | None = None
    stopped_at: datetime | None = None
    command: int = 0
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bookmark:
    """A listing is read from `since` on. `newest`: the last change that was seen in it."""

    since: datetime
    newest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedAnswer:
    """GitHub's answer to a conditional GET, as the caller keeps it."""

    etag: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How the checks ended on the commit `base`: one result for each command, in their order, without its output."""

    base: str
    ran: tuple[Ran, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaughtErrors:
    """The number of bugs that were caught with this ledger, and the last one: its type, and where it was caught."""

    count: int
    last_at: datetime
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueShown:
    """Which pause the waiting issues show (empty: none), and up to which task. None: up to the last one."""

    reason: str = ""
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMark:
    """Up to where a log of deliveries is settled, and how often each GUID was asked for."""

    since: datetime | None = None
    asked: Mapping[str, int] = field(default_factory=dict)
