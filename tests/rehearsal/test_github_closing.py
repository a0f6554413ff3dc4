"""What closes issues on the simulated GitHub: descriptions, and commit messages on the default branch."""

from __future__ import annotations

import pytest

from bot.rehearsal.github.closing import closed_by, closed_by_description

HERE = "octo/clock"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Fixes #1, closes: #2 and resolves octo/clock#3", (1, 2, 3)),
        ("Closed GH-4", (4,)),
        ("fix https://github.com/Octo/Clock/issues/5", (5,)),
        ("Fixes octo/other#6", ()),
        ("See #7, prefix #8, fixes issue 9", ()),
    ],
)
def test_the_words_that_close(text: str, numbers: tuple[int, ...]) -> None:
    assert closed_by(text, HERE) == numbers


def test_code_in_a_description_closes_nothing() -> None:
    """It is shown, as GitHub shows it; in a message there is no code."""
    body = "Closes #1\n\n`Fixes #2`\n\n```\nFixes #3\n```\n\n> Fixes #4\n"
    assert closed_by_description(body, HERE) == (1, 4)
    assert closed_by(body, HERE) == (1, 2, 3, 4)
    assert closed_by_description(None, HERE) == ()
