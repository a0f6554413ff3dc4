"""The events of which a delivery may tell, as values: `bot.core.events` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.facts import Actor
from bot.core.installation_events import InstallationEvent
from bot.core.references import IssueRef
from bot.core.relation_events import RelationChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueEvent:
    """`action` is one of `ISSUE_ACTIONS`. `label` is the one that was added or removed.

    `at`, `title` and `body` are the issue's at the time of the event. `edited` names which of the two an `edited` event
    changed: a person who corrects the title has not necessarily read the body.
    """

    action: str
    issue: IssueRef
    actor: Actor
    at: datetime
    title: str
    body: str
    label: str | None = None
    edited: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentCreated:
    """`title` and `issue_body` are the issue's at the time of the comment."""

    issue: IssueRef
    comment_id: int
    body: str
    actor: Actor
    at: datetime
    title: str
    issue_body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestEvent:
    """It was closed or reopened, or `stacked`: it became part of a native stack. `same_repository`: the head branch is
    no fork's, so it may be the bot's. `at`: when that happened, and so, if `merged`, when it was merged."""

    repository: str
    number: int
    head_branch: str
    same_repository: bool
    merged: bool
    at: datetime
    stacked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSubmitted:
    """`state`: as the API spells it, such as CHANGES_REQUESTED."""

    pull: IssueRef
    review_id: int
    state: str
    body: str
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCommented:
    """A comment on a line of a pull request."""

    pull: IssueRef
    comment_id: int
    body: str
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonPressed:
    """A button of a check run, or GitHub's "Re-run" beside it. `app`: the slug of the app that made the check run;
    `reference`: its `external_id`; `identifier`: of the button."""

    repository: str
    app: str
    reference: str
    identifier: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryEvent:
    """A repository has another name or owner."""

    repository: str


@dataclass(frozen=True, slots=True)
class Ping:
    """GitHub tries a new webhook."""


Event = (
    IssueEvent
    | CommentCreated
    | PullRequestEvent
    | ReviewSubmitted
    | LineCommented
    | ButtonPressed
    | RelationChanged
    | InstallationEvent
    | RepositoryEvent
    | Ping
)
