"""Which comments answer the last questions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.answers import is_reply_to_last
from bot.core.facts import Actor, CommentFacts
from bot.core.failures import FailureKind
from bot.core.tasks import Attempt, State

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ASKED = Attempt(
    task_id=1, number=2, started_at=NOW, finished_at=NOW, outcome=State.FAILED, failure=FailureKind.NEEDS_INFO
)


@pytest.mark.parametrize(
    ("comment", "announced", "minutes", "is_reply"),
    [(12, 11, 1, True), (10, 11, 1, False), (12, 11, -1, True), (10, None, 1, True), (10, None, -1, False)],
)
def test_a_reply_to_earlier_questions_answers_no_later_ones(
    comment: int, announced: int | None, minutes: int, is_reply: bool
) -> None:
    """GitHub numbers its comments in their order; its clock and the host's may differ."""
    written = CommentFacts(
        id=comment, issue=7, body="Two.", author=Actor(login="sam", id=2), created_at=NOW + timedelta(minutes=minutes)
    )

    assert is_reply_to_last(written, ASKED, announced) == is_reply
    assert announced is not None or not is_reply_to_last(written, replace(ASKED, finished_at=None), None)
