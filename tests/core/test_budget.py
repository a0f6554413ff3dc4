"""Turns by the size of the files that an issue names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.budget import files_named, turns_for

PATHS = ["Makefile", "README.md", "bot/core/tasks.py", "bot/tasks.py", "bot/core/brief.py", "docs/my notes.md", "build"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fix bot/core/tasks.py.", ("bot/core/tasks.py",)),
        ("Fix `bot/tasks.py`, then (README.md)", ("bot/tasks.py", "README.md")),
        ("brief.py is wrong: see brief.py:12", ("bot/core/brief.py",)),
        ("core/tasks.py and ./README.md", ("bot/core/tasks.py", "README.md")),
        ("tasks.py", ()),
        ("build the Makefile", ()),
        ("`build` and `Makefile`", ("build", "Makefile")),
        ("see `docs/my notes.md`", ("docs/my notes.md",)),
        ("sub/README.md and notbrief.py", ()),
        ("../../etc/passwd", ()),
        ("", ()),
    ],
)
def test_files_are_named_by_path_or_by_an_end_that_is_theirs_alone(text: str, expected: tuple[str, ...]) -> None:
    """In the order of the text, each once; a name that two files share names neither."""
    assert files_named(text, PATHS) == expected


@pytest.mark.parametrize(
    ("lines", "turns"), [([], 30), ([800], 30), ([801], 40), ([1500], 40), ([1501], 50), ([900, 900, 2000], 60)]
)
def test_long_files_give_more_turns_up_to_the_cap(lines: list[int], turns: int) -> None:
    """Ten more over 800 lines, twenty over 1,500."""
    assert turns_for({f"{index}.py": count for index, count in enumerate(lines)}, base=30, cap=60) == turns


@given(st.text(max_size=300), st.lists(st.text(min_size=1, max_size=20), max_size=8))
def test_only_files_of_the_repository_are_named(text: str, paths: list[str]) -> None:
    """Whatever the issue says."""
    named = files_named(text + " ".join(paths), paths)

    assert set(named) <= set(paths)
    assert len(set(named)) == len(named)
