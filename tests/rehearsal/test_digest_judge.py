"""The judge of the issue that tells what a night came to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.rehearsal.digest_judge import judge_digest
from bot.rehearsal.github.records import Issue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MADE = Issue(
    id=1,
    number=9,
    title="A night",
    body="**One to review**\n\nReview #5.\nAnswer #3.\n",
    author="bot",
    created_at=NOON,
    updated_at=NOON,
)


@pytest.mark.parametrize(
    ("expected", "found", "unexpected"),
    [
        (None, [], []),
        (None, [MADE], ["expected no issue about the night, found 1"]),
        ((), [], ["expected one issue about the night, found 0"]),
        ((), [MADE, MADE], ["expected one issue about the night, found 2"]),
        (("review", "#5", "#3"), [MADE], []),
        (("review", "#3"), [MADE], ["line 2 of the night's issue does not say '#3', but 'Review #5.'"]),
        (("", "", "", "x"), [MADE], ["line 4 of the night's issue does not say 'x', but ''"]),
    ],
)
def test_its_first_lines_are_what_a_person_does_first(
    expected: tuple[str, ...] | None, found: list[Issue], unexpected: list[str]
) -> None:
    assert list(judge_digest(expected, found)) == unexpected
