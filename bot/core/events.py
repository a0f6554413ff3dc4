"""Parses GitHub's webhook payloads into values. Raw dicts do not leave this module.

A payload only says where to look; the present state is then read from the API. The texts in it are used as well: a
person approved them by acting on them, and they could be edited before the API is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.core.event_values import (
    ButtonPressed,
    CommentCreated,
    Event,
    IssueEvent,
    LineCommented,
    Ping,
    PullRequestEvent,
    RepositoryEvent,
    ReviewSubmitted,
)
from bot.core.facts import Actor
from bot.core.installation_events import INSTALLATION_ACTIONS, read_installation
from bot.core.payload_node import Node
from bot.core.references import IssueRef
from bot.core.relation_events import RELATION_ACTIONS, RelationChanged, read_relation

ISSUE_ACTIONS = frozenset(
    {"opened", "labeled", "unlabeled", "edited", "closed", "reopened", "unlocked", "deleted", "transferred"}
)
RERUN = "retry"  # what "Re-run" asks for
_TEXTS = ("title", "body")
_ACTIONS = {
    "issues": ISSUE_ACTIONS,
    "issue_comment": frozenset({"created"}),
    "pull_request": frozenset({"closed", "reopened", "stacked"}),
    "pull_request_review": frozenset({"submitted"}),
    "pull_request_review_comment": frozenset({"created"}),
    "check_run": frozenset({"requested_action", "rerequested"}),
    **RELATION_ACTIONS,
    "repository": frozenset({"renamed", "transferred"}),
    "installation": INSTALLATION_ACTIONS,
    "installation_repositories": INSTALLATION_ACTIONS,
}


def is_used(event: str, action: str | None = None) -> bool:
    """Whether `parse_event` may have a use for this `X-GitHub-Event` (and this action of it); anything else need not be
    stored."""
    return event in _PARSERS and (action is None or action in _ACTIONS.get(event, ()))


def parse_event(event: str, payload: object) -> Event | None:
    """The delivery as a value; None when this event or its action is of no use. Raises MalformedEvent."""
    parser = _PARSERS.get(event)
    return parser(Node(payload, event)) if parser else None


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
    if isinstance(event, ButtonPressed | RepositoryEvent):
        return event.repository
    about = find_subject(event)
    return about.repository if about is not None else None


def find_subject(event: Event | None) -> IssueRef | None:
    """The issue or the pull request that it is about."""
    match event:
        case IssueEvent() | CommentCreated() | RelationChanged():
            return event.issue
        case PullRequestEvent():
            return IssueRef(event.repository, event.number)
        case ReviewSubmitted() | LineCommented():
            return event.pull
    return None


def _issue_event(payload: Node) -> IssueEvent | None:
    action = payload["action"].text()
    if action not in ISSUE_ACTIONS:
        return None
    issue = payload["issue"]
    return IssueEvent(
        action=action,
        issue=_issue(payload),
        actor=_actor(payload["sender"]),
        at=issue["updated_at"].time(),
        title=issue["title"].text(),
        body=_body(issue),
        label=payload["label"]["name"].text() if payload["label"].given else None,
        edited=frozenset(part for part in _TEXTS if payload["changes"].given and payload["changes"][part].given),
    )


def _comment(payload: Node) -> CommentCreated | None:
    if payload["action"].text() not in _ACTIONS["issue_comment"]:
        return None
    comment, issue = payload["comment"], payload["issue"]
    return CommentCreated(
        issue=_issue(payload),
        comment_id=comment["id"].number(),
        body=comment["body"].text(),
        actor=_actor(payload["sender"]),
        at=comment["created_at"].time(),
        title=issue["title"].text(),
        issue_body=_body(issue),
    )


def _pull_request(payload: Node) -> PullRequestEvent | None:
    if payload["action"].text() not in _ACTIONS["pull_request"]:
        return None
    repository = payload["repository"]["full_name"].repository()
    pull_request = payload["pull_request"]
    head = pull_request["head"]
    return PullRequestEvent(
        repository=repository,
        number=pull_request["number"].number(),
        head_branch=head["ref"].text(),
        same_repository=head["repo"].given and head["repo"]["full_name"].text() == repository,
        merged=pull_request["merged"].value is True,
        stacked=payload["action"].text() == "stacked",
        at=pull_request["merged_at" if pull_request["merged"].value is True else "updated_at"].time(),
    )


def _review(payload: Node) -> ReviewSubmitted | None:
    if payload["action"].text() not in _ACTIONS["pull_request_review"]:
        return None
    review = payload["review"]
    return ReviewSubmitted(
        pull=_pull(payload),
        review_id=review["id"].number(),
        state=review["state"].text().upper(),
        body=_body(review),
        actor=_actor(payload["sender"]),
        at=review["submitted_at"].time(),
    )


def _line_comment(payload: Node) -> LineCommented | None:
    if payload["action"].text() not in _ACTIONS["pull_request_review_comment"]:
        return None
    comment = payload["comment"]
    return LineCommented(
        pull=_pull(payload),
        comment_id=comment["id"].number(),
        body=_body(comment),
        actor=_actor(payload["sender"]),
        at=comment["created_at"].time(),
    )


def _button(payload: Node) -> ButtonPressed | None:
    action = payload["action"].text()
    if action not in _ACTIONS["check_run"]:
        return None
    run = payload["check_run"]
    return ButtonPressed(
        repository=payload["repository"]["full_name"].repository(),
        app=run["app"]["slug"].text() if run["app"].given and run["app"]["slug"].given else "",
        reference=run["external_id"].text() if run["external_id"].given else "",
        identifier=RERUN if action == "rerequested" else payload["requested_action"]["identifier"].text(),
        actor=_actor(payload["sender"]),
    )


def _repository(payload: Node) -> RepositoryEvent | None:
    is_used = payload["action"].text() in _ACTIONS["repository"]
    return RepositoryEvent(repository=payload["repository"]["full_name"].repository()) if is_used else None


def _ping(_payload: Node) -> Ping:
    return Ping()


def _issue(payload: Node) -> IssueRef:
    return IssueRef(payload["repository"]["full_name"].repository(), payload["issue"]["number"].number())


def _pull(payload: Node) -> IssueRef:
    return IssueRef(payload["repository"]["full_name"].repository(), payload["pull_request"]["number"].number())


def _body(issue: Node) -> str:
    return issue["body"].text() if issue["body"].given else ""  # null: an empty description


def _actor(sender: Node) -> Actor:
    is_bot = sender["type"].given and sender["type"].text() == "Bot"
    return Actor(login=sender["login"].text(), id=sender["id"].number(), is_bot=is_bot)


_PARSERS: dict[str, Callable[[Node], Event | None]] = {
    "issues": _issue_event,
    "issue_comment": _comment,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "pull_request_review_comment": _line_comment,
    "check_run": _button,
    **dict.fromkeys(RELATION_ACTIONS, read_relation),
    "repository": _repository,
    "installation": read_installation,
    "installation_repositories": read_installation,
    "ping": _ping,
}
