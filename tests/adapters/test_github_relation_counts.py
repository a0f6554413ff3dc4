"""How many relations an issue has, as GitHub shows it with the issue."""

from __future__ import annotations

from typing import Any

import pytest

from bot.adapters.github import reading
from bot.core.facts import RelationCounts
from bot.core.references import IssueRef

ISSUE: dict[str, Any] = {
    **{"id": 1_700_000_009, "number": 9, "title": "x", "state": "open", "labels": [], "comments": 0},
    "updated_at": "2026-03-01T22:00:00Z",
}
BLOCKED = {"blocked_by": 1, "blocking": 0, "total_blocked_by": 3, "total_blocking": 2}
CHILDREN = {"total": 5, "completed": 2, "percent_completed": 40}


@pytest.mark.parametrize(
    ("shown", "counts"),
    [
        ({}, None),
        ({"issue_dependencies_summary": None, "sub_issues_summary": None}, None),
        ({"issue_dependencies_summary": BLOCKED}, RelationCounts(blockers=3, open_blockers=1)),
        ({"sub_issues_summary": CHILDREN}, RelationCounts(open_sub_issues=3)),
        ({"issue_dependencies_summary": {}, "sub_issues_summary": {}}, RelationCounts()),
    ],
)
def test_counts_are_none_where_the_host_has_none(shown: dict[str, Any], counts: RelationCounts | None) -> None:
    assert reading.issue({**ISSUE, **shown}).relations == counts


def test_a_count_of_another_type_is_an_answer_that_cannot_be_read() -> None:
    with pytest.raises(TypeError):
        reading.issue({**ISSUE, "issue_dependencies_summary": {**BLOCKED, "blocked_by": "1"}})


@pytest.mark.parametrize(
    ("url", "parent"),
    [
        ("https://api.github.com/repos/octo/tools/issues/4", IssueRef("octo/tools", 4)),
        ("https://ghe.example.org/api/v3/repos/octo/tools/issues/4", IssueRef("octo/tools", 4)),
        ("https://api.github.com/repositories/17/issues/4", None),
        (None, None),
    ],
)
def test_a_parent_is_named_by_its_address(url: str | None, parent: IssueRef | None) -> None:
    found = reading.issue({**ISSUE, "parent_issue_url": url})
    assert (found.parent, found.id) == (parent, 1_700_000_009)
