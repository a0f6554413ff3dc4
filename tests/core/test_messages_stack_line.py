"""The first line of a pull request in a stack, and the text of one whose base is moved."""

from __future__ import annotations

from typing import Any

import pytest

from bot.core.messages.stack_line import (
    StackPlace,
    describe_apart,
    keep_base_moved,
    shows_base_moved,
    stack_line,
    with_base_moved,
    with_stack_line,
)
from bot.core.stacking import Apart

PLACE = StackPlace(part=2, parts=3, below=(13,), above=[15])
BODY = "Closes #4\n\n- **Base**: `auto/3` at 1234567890\n"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (PLACE, "**Part 2 of 3**, merge #13 first. Built on it: #15. "),
        (
            StackPlace(part=1, parts=2, above=[7]),
            "**Part 1 of 2**, merge this one first. Built on it: #7. ",
        ),
        (StackPlace(part=2, parts=2, below=(9,)), "**Part 2 of 2**, merge #9 first. "),
        (StackPlace(part=1, parts=2, above=range(20, 32)), " #29 and 2 more. "),
        (
            StackPlace(part=1, parts=1, left_on="auto/1"),
            "**Part 1 of 1**, wait: its base is still `auto/1`, which was merged. ",
        ),
        (
            StackPlace(part=1, parts=2, left_on="auto/1", by_people=True, above=[7]),
            "which was merged; if that stays so, press **Rebase stack**. Built on it: #7. ",
        ),
        (StackPlace(part=3, parts=3, below=(13, 14)), "**Part 3 of 3**, merge #13 and #14 first. "),
        (StackPlace(part=3, parts=3, below=(2, 3, 4)), "merge #2, #3 and #4 first. "),
        (StackPlace(part=2, parts=2, closed=(9,)), "built on #9, which was closed without merging. "),
        (StackPlace(part=2, parts=2, below=(8,), closed=(9,)), "merge #8 first; built on #9, which was closed "),
        (
            StackPlace(part=2, parts=2, below=(8, 9), apart="why"),
            " It follows once one of them is merged or changes: why. ",
        ),
    ],
)
def test_it_says_which_part_it_is_and_what_to_merge_first(place: StackPlace, says: str) -> None:
    assert says in stack_line(place)


@pytest.mark.parametrize(
    ("apart", "says"),
    [
        ({"between": (3, 4), "files": ("a`b", "c")}, "#13 and #4 conflict in ``a`b`` and `c`"),
        ({"between": (3,), "files": ("a",)}, "#13 and the default branch conflict in `a`"),
        ({"between": (3, 4), "checks": ("make test",)}, "a merge of #13 and #4 fails `make test`"),
    ],
)
def test_it_says_which_branches_cannot_be_merged(apart: dict[str, Any], says: str) -> None:
    """A file's name is a person's, and ends no code."""
    assert describe_apart(Apart(left={}, there={}, **apart), {3: 13}) == says


def test_what_stands_alone_has_no_line() -> None:
    assert stack_line(None) == stack_line(StackPlace(part=1, parts=1)) == ""


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["as posted", "as a browser saves it"])
def test_one_line_takes_the_place_of_another(ends: str) -> None:
    first = with_stack_line(BODY, stack_line(PLACE)).replace("\n", ends)
    second = with_stack_line(first, stack_line(StackPlace(part=1, parts=2)))
    assert second.count("**Part ") == 1
    assert second.startswith("**Part 1 of 2**")
    assert with_stack_line(second, "") == BODY.replace("\n", ends)


def test_a_text_that_would_become_too_long_stays() -> None:
    assert with_stack_line("x" * 64_990, stack_line(PLACE)) == "x" * 64_990


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        (
            "Closes #4\n\n- **Base**: `main` at 1234567890\n",
            "- **Base**: `main` at 1234567890, moved here from `auto/3`\n",
        ),
        ("- **Base**: `main-2` at 1234567890", "- **Base**: `main-2` at 1234567890"),
        ("- **Base**: `main`, moved here from `auto/9`", "- **Base**: `main`, moved here from `auto/9`"),
        ("Closes #4", "Closes #4"),
    ],
)
def test_a_new_text_keeps_the_note_of_a_moved_base(new: str, kept: str) -> None:
    moved = with_base_moved(BODY, source="auto/3", target="main")
    assert keep_base_moved(new, moved).endswith(kept)
    assert keep_base_moved(new, BODY) == new
    again = keep_base_moved(keep_base_moved(new, moved), keep_base_moved(new, moved))
    assert again.count("moved here") <= 1


@pytest.mark.parametrize("body", [BODY, BODY.replace("\n", "\r\n"), "Closes #4", ""])
def test_the_text_changes_when_the_base_is_moved(body: str) -> None:
    """Else GitHub would not read its closing keywords."""
    moved = with_base_moved(body, source="auto/3", target="main")
    assert moved != body
    assert shows_base_moved(moved, source="auto/3", target="main")
    assert not shows_base_moved(body, source="auto/3", target="main")
    assert not shows_base_moved(moved, source="auto/3", target="auto/2")
    assert ("- **Base**: `main`, moved here from `auto/3`" in moved) is ("**Base**" in body)
    assert "Closes #4" in moved or not body
