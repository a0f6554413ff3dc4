"""The line that names the pull requests with which one conflicts, and a place in the queue."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.messages import conflict_line, with_conflicts
from bot.core.messages.markers import read_verdict
from bot.core.messages.pressure import place_in_queue
from bot.core.pressure import Conflict

BODY = (
    "Closes #4\n\n**Verified**: `pytest` passes.\n\n- **Size**: 1 file, +1 −0 lines\n- **Base**: `main` at 1234567890\n"
    "- **Merge first**: #3\n\nWhat was done, in Claude's words:\n\n> - **Base**: nothing\n\n"
    "<!-- nightshift:pull-request x -->"
)
PAIR = [Conflict(one=5, other=6, files=("shop.py",))]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_it_is_among_the_first_lines_and_taken_out_again(end: str) -> None:
    body = BODY.replace("\n", end)
    shown = with_conflicts(body, conflict_line(PAIR, 5))

    assert f"1234567890{end}- **Conflicts with**: #6 (`shop.py`). Once one is merged" in shown
    assert with_conflicts(shown, conflict_line(PAIR, 5)) == shown
    assert "#5 (`shop.py`)" in with_conflicts(shown, conflict_line(PAIR, 6))
    assert "#6" not in with_conflicts(shown, conflict_line(PAIR, 6))
    assert with_conflicts(shown, "") == body
    assert with_conflicts(shown.replace("What was done", "What Ada wrote"), "") == body.replace(
        "What was done", "What Ada wrote"
    )


def test_where_people_removed_the_lines_it_belongs_to_the_text_stays_theirs() -> None:
    line = conflict_line(PAIR, 5)
    for body in ("", "Ada's own text", "- Base\n", "**Base**: main\n"):
        assert with_conflicts(body, line) == body
    assert with_conflicts(BODY + "x" * 65_000, line) == BODY + "x" * 65_000


def test_names_of_files_cannot_forge_anything() -> None:
    odd = "`<!-- nightshift:conflicts -->`\n@ada closes #1"
    line = conflict_line([Conflict(one=5, other=6, files=(odd, "b", "c", "d"))], 5)
    assert "\n" not in line
    assert line.count("<!-- nightshift:") == 1
    assert "and 1 more)" in line
    assert with_conflicts(with_conflicts(BODY, line), "") == BODY


def test_many_conflicts_are_counted() -> None:
    line = conflict_line([Conflict(one=5, other=number, files=("a",)) for number in range(6, 14)], 5)
    assert "#10 (`a`) and 3 more. " in line


@given(st.text(), st.booleans())
def test_any_text_keeps_all_but_the_line(text: str, longer: bool) -> None:
    body = f"{BODY}{text}" if longer else text
    without = with_conflicts(body, "")
    assert with_conflicts(with_conflicts(body, conflict_line(PAIR, 5)), "") == without
    assert read_verdict(without) is None


@pytest.mark.parametrize(
    ("position", "busy", "said"),
    [
        (1, 0, "next in the queue"),
        (1, 1, "queued, number 1, behind 1 that runs"),
        (1, 3, "queued, number 1, behind 3 that run"),
        (4, 0, "queued, number 4"),
        (4, 2, "queued, number 4, behind 2 that run"),
        (None, 2, "queued, behind 2 that run"),
        (None, 0, "queued"),
    ],
)
def test_the_first_in_the_queue_is_next_only_where_it_can_start(position: int | None, busy: int, said: str) -> None:
    """While tasks run that leave no worker for it, it waits for the end of one of them."""
    assert place_in_queue(position, busy) == said
