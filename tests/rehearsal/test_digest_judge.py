"""The judge of the issue that tells what a night came to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.digest import Night
from bot.core.labels import AUTO
from bot.core.messages.digest import digest_title
from bot.rehearsal.digest_judge import digest_label, judge_digest
from bot.rehearsal.github.records import Issue

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TITLE = digest_title(Night(begins=NOON, ends=NOON, next_begins=NOON))
MADE = Issue(
    id=1,
    number=9,
    title=TITLE,
    body="**One to review**\n\nReview #5.\nAnswer #3.\n",
    author="bot",
    created_at=NOON,
    updated_at=NOON,
)


def test_title_and_label_are_the_bots() -> None:
    assert digest_label("auto") == AUTO.digest
    assert list(judge_digest((), [MADE], "auto")) == []


@pytest.mark.parametrize(
    ("expected", "found", "unexpected"),
    [
        (None, [], []),
        (None, [MADE], ["expected no issue with auto:digest, found 1"]),
        ((), [], ["expected one issue with auto:digest, found 0"]),
        ((), [MADE, MADE], ["expected one issue with auto:digest, found 2"]),
        (("review", "#5", "#3"), [MADE], []),
        (("review", "#3"), [MADE], ["line 2 of the night's issue does not say '#3', but 'Review #5.'"]),
        (("", "", "", "x"), [MADE], ["line 4 of the night's issue does not say 'x', but ''"]),
        ((), [replace(MADE, title="A night")], ["the night's issue is called 'A night'"]),
        ((), [replace(MADE, body="Ask @ada.")], ["the night's issue mentions ada"]),
    ],
)
def test_its_first_lines_are_what_a_person_does_first(
    expected: tuple[str, ...] | None, found: list[Issue], unexpected: list[str]
) -> None:
    assert list(judge_digest(expected, found, "auto")) == unexpected
