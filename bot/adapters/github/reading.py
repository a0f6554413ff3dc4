"""GitHub's JSON to values: the one place that knows how an issue, a comment and an event are spelt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.core.facts import Actor, CommentFacts, Happened, IssueFacts

Json = Mapping[str, Any]


def actor(user: Json | None) -> Actor:
    """GitHub shows the `ghost` where an account was deleted."""
    if user is None:
        return Actor(login="ghost", id=0)
    return Actor(login=user["login"], id=user["id"], is_bot=user.get("type") == "Bot")


def issue(shown: Json) -> IssueFacts:
    """An issue, or a pull request as GitHub lists it among the issues."""
    pull = shown.get("pull_request")
    return IssueFacts(
        number=shown["number"],
        title=shown["title"],
        body=shown.get("body") or "",
        is_open=shown["state"] == "open",
        author=actor(shown.get("user")),
        labels=frozenset(label if isinstance(label, str) else label["name"] for label in shown["labels"]),
        comments=shown["comments"],
        updated_at=moment(shown["updated_at"]),
        state_reason=shown.get("state_reason"),
        is_pull_request=pull is not None,
        merged_at=moment(pull["merged_at"]) if pull is not None and pull.get("merged_at") else None,
    )


def comment(shown: Json) -> CommentFacts:
    return CommentFacts(
        id=shown["id"],
        issue=int(shown["issue_url"].rsplit("/", 1)[1]),
        body=shown.get("body") or "",
        author=actor(shown.get("user")),
        created_at=moment(shown["created_at"]),
        updated_at=moment(shown["updated_at"]),
    )


def happened(shown: Json) -> Happened:
    """One line of an issue's history."""
    return Happened(
        kind=shown["event"],
        actor=actor(shown.get("actor")),
        at=moment(shown["created_at"]),
        label=(shown.get("label") or {}).get("name"),
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
