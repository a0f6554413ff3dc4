"""GitHub's JSON to values: the one place that knows how an issue, a comment and an event are spelt.

An answer that is not as GitHub describes it raises KeyError, TypeError or ValueError, also for a value of another type,
so that no value fails later where it is used.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from bot.core.facts import (
    Actor,
    CommentFacts,
    Happened,
    IssueFacts,
    PathFacts,
    PullRequestFacts,
    Reaction,
    RelationCounts,
    RepositoryFacts,
)
from bot.core.redelivery import DeliveryAttempt
from bot.core.references import IssueRef
from bot.core.review_facts import LineComment, ReviewFacts

Json = Any
T = TypeVar("T")
Person = tuple[str, str]
"""A name and an address."""

_ISSUE_URL = re.compile(r"/repos/([^/]+/[^/]+)/issues/([1-9][0-9]{0,9})$")
THUMBS_UP = "+1"
"""GitHub's name for 👍."""

NOT_SHOWN = bytes(1_000_001)
"""In the place of a file whose content GitHub leaves out of its answer."""


def as_a(kind: type[T], value: object) -> T:
    """Raises TypeError. JSON's true is no number."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"expected {kind.__name__}, not {type(value).__name__}")
    return value


def _maybe(kind: type[T], value: object) -> T | None:
    return None if value is None else as_a(kind, value)


def as_object(shown: Json) -> Mapping[str, Any]:
    return as_a(dict, shown)


def actor(user: Json) -> Actor:
    """GitHub shows the `ghost` where an account was deleted, and the API null (anthropics/claude-code-action#1489)."""
    if user is None:
        return Actor(login="ghost", id=0)
    user = as_object(user)
    return Actor(login=as_a(str, user["login"]), id=as_a(int, user["id"]), is_bot=user.get("type") == "Bot")


def issue(shown: Json) -> IssueFacts:
    """An issue, or a pull request as GitHub lists it among the issues."""
    shown = as_object(shown)
    pull = _maybe(dict, shown.get("pull_request"))
    return IssueFacts(
        number=as_a(int, shown["number"]),
        title=as_a(str, shown["title"]),
        body=_maybe(str, shown.get("body")) or "",
        is_open=as_a(str, shown["state"]) == "open",
        author=actor(shown.get("user")),
        labels=frozenset(map(_label, as_a(list, shown["labels"]))),
        comments=as_a(int, shown["comments"]),
        updated_at=moment(shown["updated_at"]),
        state_reason=_maybe(str, shown.get("state_reason")),
        is_pull_request=pull is not None,
        merged_at=_maybe_moment(pull.get("merged_at")) if pull is not None else None,
        repository="/".join((_maybe(str, shown.get("repository_url")) or "").split("/")[-2:]),
        id=_maybe(int, shown.get("id")) or 0,
        relations=_read_counts(shown),
        parent=_read_parent(_maybe(str, shown.get("parent_issue_url")) or ""),
    )


def _read_counts(shown: Mapping[str, Any]) -> RelationCounts | None:
    blockers = _maybe(dict, shown.get("issue_dependencies_summary"))
    children = _maybe(dict, shown.get("sub_issues_summary"))
    if blockers is None and children is None:
        return None
    blockers, children = blockers or {}, children or {}
    return RelationCounts(
        blockers=_maybe(int, blockers.get("total_blocked_by")) or 0,
        open_blockers=_maybe(int, blockers.get("blocked_by")) or 0,
        open_sub_issues=(_maybe(int, children.get("total")) or 0) - (_maybe(int, children.get("completed")) or 0),
    )


def _read_parent(url: str) -> IssueRef | None:
    found = _ISSUE_URL.search(url)
    return IssueRef(found[1], int(found[2])) if found else None


def _label(shown: Json) -> str:
    return shown if isinstance(shown, str) else as_a(str, as_object(shown)["name"])


def comment(shown: Json) -> CommentFacts:
    shown = as_object(shown)
    return CommentFacts(
        id=as_a(int, shown["id"]),
        issue=int(as_a(str, shown["issue_url"]).rsplit("/", 1)[1]),
        body=_maybe(str, shown.get("body")) or "",
        author=actor(shown.get("user")),
        created_at=moment(shown["created_at"]),
        updated_at=moment(shown["updated_at"]),
        likes=_maybe(int, (_maybe(dict, shown.get("reactions")) or {}).get(THUMBS_UP)) or 0,
    )


def reaction(shown: Json) -> Reaction:
    shown = as_object(shown)
    return Reaction(by=actor(shown.get("user")), at=moment(shown["created_at"]))


def review(shown: Json) -> ReviewFacts | None:
    """None for one that was not submitted yet."""
    shown = as_object(shown)
    at = _maybe_moment(shown.get("submitted_at"))
    if at is None:
        return None
    return ReviewFacts(
        id=as_a(int, shown["id"]),
        author=actor(shown.get("user")),
        state=as_a(str, shown["state"]),
        body=_maybe(str, shown.get("body")) or "",
        submitted_at=at,
        commit=_maybe(str, shown.get("commit_id")) or "",
    )


def line_comment(shown: Json) -> LineComment:
    shown = as_object(shown)
    identity = as_a(int, shown["id"])
    return LineComment(
        id=identity,
        thread=_maybe(int, shown.get("in_reply_to_id")) or identity,
        review=_maybe(int, shown.get("pull_request_review_id")),
        author=actor(shown.get("user")),
        body=_maybe(str, shown.get("body")) or "",
        path=as_a(str, shown["path"]),
        line=_maybe(int, shown.get("line")) or _maybe(int, shown.get("original_line")),
        hunk=_maybe(str, shown.get("diff_hunk")) or "",
        created_at=moment(shown["created_at"]),
    )


def pull_request(shown: Json) -> PullRequestFacts:
    shown = as_object(shown)
    head, base = as_object(shown["head"]), as_object(shown["base"])
    # Null where the fork was deleted: recorded answers show that, GitHub's description excludes it.
    theirs, ours = _maybe(dict, head.get("repo")), as_object(base["repo"])
    return PullRequestFacts(
        number=as_a(int, shown["number"]),
        body=_maybe(str, shown.get("body")) or "",
        head_branch=as_a(str, head["ref"]),
        is_open=as_a(str, shown["state"]) == "open",
        merged_at=_maybe_moment(shown.get("merged_at")),
        author=actor(shown.get("user")),
        is_draft=_maybe(bool, shown.get("draft")) or False,
        head=as_a(str, head["sha"]),
        base=as_a(str, base["ref"]),
        base_commit=as_a(str, base["sha"]),
        mergeable=_maybe(bool, shown.get("mergeable")),
        reviewers=frozenset(as_a(str, each["login"]) for each in _maybe(list, shown.get("requested_reviewers")) or ()),
        teams=frozenset(as_a(str, each["slug"]) for each in _maybe(list, shown.get("requested_teams")) or ()),
        same_repository=theirs is not None and as_a(str, theirs["full_name"]) == as_a(str, ours["full_name"]),
        is_stacked=_maybe(dict, shown.get("stack")) is not None,
    )


def repository(shown: Json) -> RepositoryFacts:
    shown = as_object(shown)
    return RepositoryFacts(
        full_name=as_a(str, shown["full_name"]),
        default_branch=as_a(str, shown["default_branch"]),
        archived=as_a(bool, shown["archived"]),
        kilobytes=_maybe(int, shown.get("size")) or 0,
        is_public=_maybe(bool, shown.get("private")) is False and shown.get("visibility", "public") == "public",
        id=_maybe(int, shown.get("id")) or 0,
    )


def read_event(shown: Json) -> Happened:
    """One line of an issue's history."""
    shown = as_object(shown)
    label = _maybe(dict, shown.get("label")) or {}
    return Happened(
        kind=as_a(str, shown["event"]),
        actor=actor(shown.get("actor")),
        at=moment(shown["created_at"]),
        label=_maybe(str, label.get("name")),
    )


def delivery_attempt(shown: Json) -> DeliveryAttempt:
    shown = as_object(shown)
    return DeliveryAttempt(
        id=as_a(int, shown["id"]),
        guid=as_a(str, shown["guid"]),
        event=as_a(str, shown["event"]),
        action=_maybe(str, shown.get("action")),
        delivered_at=moment(shown["delivered_at"]),
        status_code=as_a(int, shown["status_code"]),
    )


def number(shown: Json) -> int:
    return as_a(int, as_object(shown)["number"])


def assignees(shown: Json) -> frozenset[str]:
    return frozenset(as_a(str, each["login"]) for each in as_a(list, as_object(shown)["assignees"]))


def identity(shown: Json) -> int:
    return as_a(int, as_object(shown)["id"])


def file(shown: Json) -> bytes | None:
    """What a path holds; None for a folder or a link. A file that GitHub does not show, since it is larger than 1 MB,
    is NOT_SHOWN: all that read files take less, so it is too large for each of them, and not missing."""
    if not isinstance(shown, dict) or shown.get("type") != "file":
        return None
    if shown.get("encoding") != "base64":
        return NOT_SHOWN
    return base64.b64decode(as_a(str, shown["content"]))


def folder(shown: Json) -> tuple[PathFacts, ...]:
    """Nothing where a path leads to no folder."""
    entries = [as_object(each) for each in shown] if isinstance(shown, list) else []
    return tuple(PathFacts(path=as_a(str, each["path"]), kind=as_a(str, each["type"])) for each in entries)


def authors(shown: Json) -> tuple[Person, Person]:
    """Of one commit: its author and its committer."""
    commit = as_object(as_object(shown)["commit"])
    return _person(commit["author"]), _person(commit["committer"])


def _person(shown: Json) -> Person:
    """GitHub shows none where a commit names none."""
    found = as_object(shown or {})
    return _maybe(str, found.get("name")) or "", _maybe(str, found.get("email")) or ""


def moment(text: Json) -> datetime:
    """Raises ValueError for one without a time zone, too: it could be compared with no other."""
    found = datetime.fromisoformat(as_a(str, text))
    if found.tzinfo is None:
        raise ValueError(f"expected a time with its zone, not {text}")
    return found


def _maybe_moment(text: Json) -> datetime | None:
    return None if text is None else moment(text)
