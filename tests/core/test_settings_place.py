"""Files that are meant to be a repository's settings and are not read as such, as a commit and as GitHub show them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.core.facts import PathFacts
from bot.core.repository_settings import FILE
from bot.core.settings_place import UNREADABLE, find_link, find_misplaced, hold_for, judge_listing

RENAME = "it has to be called `.github/nightshift.yml`: "


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        ((FILE, "README.md"), ()),
        ((FILE, "nightshift.yml"), ()),  # another program's
        ((".github/nightshift.yaml",), ("git mv .github/nightshift.yaml .github/nightshift.yml",)),
        ((FILE, ".github/Nightshift.yml"), ("git mv .github/Nightshift.yml .github/nightshift.yml",)),
        (("nightshift.yml",), ("mkdir -p .github && git mv nightshift.yml .github/nightshift.yml",)),
        ((".nightshift.yaml",), ("mkdir -p .github && git mv .nightshift.yaml .github/nightshift.yml",)),
        (("docs/nightshift.yml", "nightshift.yml.md"), ()),
    ],
)
def test_what_is_misplaced_is_named_with_the_command_that_moves_it(
    paths: tuple[str, ...], says: tuple[str, ...]
) -> None:
    assert [each.says for each in find_misplaced(paths)] == [f"{RENAME}`{command}`" for command in says]


@pytest.mark.parametrize(
    ("links", "is_refused"),
    [
        ({}, False),
        ({FILE: "../settings.yml"}, False),
        ({"a": "b", "b": "c"}, False),
        ({FILE: "../settings.yml", "settings.yml": "real.yml"}, True),
        ({FILE: "own.yml", ".github/own.yml": "../x"}, True),
        ({FILE: "nightshift.yml"}, True),
    ],
)
def test_a_link_to_a_link_is_refused(links: Mapping[str, str], is_refused: bool) -> None:
    assert find_link(links) == ([UNREADABLE] if is_refused else [])


def test_a_listing_of_github_is_judged_as_a_commit_is() -> None:
    """By the same version, so that one comment names it. A folder of such a name is no file."""
    misplaced = find_misplaced([".github/nightshift.yaml"])
    listed = [PathFacts(path=".github", kind="dir"), PathFacts(path=".github/nightshift.yaml", kind="file")]

    assert judge_listing(listed, shows_file=False) == hold_for(misplaced)
    assert judge_listing([PathFacts(path="nightshift.yml", kind="dir")], shows_file=False) is None
    link = [PathFacts(path=FILE, kind="symlink")]
    assert judge_listing(link, shows_file=False) == hold_for([UNREADABLE])
    assert judge_listing(link, shows_file=True) is None
