"""Which repository a delivery is about: by GitHub's number, and by the name that it had when the delivery was made."""

from __future__ import annotations

from dataclasses import replace

from bot.core.events import (
    ButtonPressed,
    CommentCreated,
    Event,
    IssueEvent,
    LineCommented,
    PullRequestEvent,
    RepositoryEvent,
    ReviewSubmitted,
)
from bot.core.references import IssueRef
from bot.core.relation_events import RelationChanged


def find_repository_id(payload: object) -> int | None:
    """GitHub's number of the repository that a delivery is about, if it says so."""
    shown = payload.get("repository") if isinstance(payload, dict) else None
    found = shown.get("id") if isinstance(shown, dict) else None
    return found if isinstance(found, int) else None


def name_repository(event: Event | None, name: str) -> Event | None:
    """The same event with the present name of its repository."""
    match event:
        case IssueEvent() | CommentCreated() | RelationChanged():
            return replace(event, issue=IssueRef(name, event.issue.number))
        case ReviewSubmitted() | LineCommented():
            return replace(event, pull=IssueRef(name, event.pull.number))
        case PullRequestEvent() | ButtonPressed() | RepositoryEvent():
            return replace(event, repository=name)
    return event


def find_repository(event: Event | None) -> str | None:
    match event:
        case IssueEvent() | CommentCreated() | RelationChanged():
            return event.issue.repository
        case ReviewSubmitted() | LineCommented():
            return event.pull.repository
        case PullRequestEvent() | ButtonPressed() | RepositoryEvent():
            return event.repository
    return None
