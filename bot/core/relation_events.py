"""Deliveries about GitHub's own relations between issues.

Each change makes two deliveries, one for either end. The one for the issue that waits is used: the other end may be in
a repository that must not be named.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.payload_node import Node
from bot.core.references import IssueRef

_WAITING = {
    **{f"blocked_by_{what}": "blocked_issue" for what in ("added", "removed")},
    **{f"sub_issue_{what}": "parent_issue" for what in ("added", "removed")},
}
RELATION_ACTIONS = {
    "issue_dependencies": frozenset({"blocked_by_added", "blocked_by_removed"}),
    "sub_issues": frozenset({"sub_issue_added", "sub_issue_removed"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationChanged:
    """What an issue is blocked by, or its sub-issues, changed."""

    issue: IssueRef


def read_relation(payload: Node) -> RelationChanged | None:
    """None also where the payload leaves out the issue, as GitHub's description lets it: the periodic pass reads it."""
    waiting = _WAITING.get(payload["action"].text())
    if waiting is None or not payload[waiting].given:
        return None
    number = payload[waiting]["number"].number()
    return RelationChanged(issue=IssueRef(payload["repository"]["full_name"].repository(), number))
