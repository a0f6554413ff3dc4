"""The README promises what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.core.failure_columns import Policy
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind

README = (Path(__file__).parents[1] / "README.md").read_text()


def by_itself(rule: Policy) -> str:
    if rule.pauses:
        return "the queue waits, then continues"
    return f"tried again, {rule.retries}×" if rule.retries else ""


def test_the_table_of_failures_is_the_failures() -> None:
    """A row for each kind, in the order of the code, with its own sentence."""
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.*) \|$", README, re.MULTILINE)

    expected = [
        (kind.value, policy(kind).sentence, policy(kind).turn.value, by_itself(policy(kind))) for kind in FailureKind
    ]
    assert [(kind, sentence, turn, retry.strip()) for kind, sentence, turn, retry in rows] == expected


def test_every_file_that_it_points_to_is_there() -> None:
    root = Path(__file__).parents[1]
    named = re.findall(r"`((?:docs|hooks|\.github)/[\w./-]*)`|\]\((?!http)([^)]+)\)", README)

    of_others = {".github/nightshift.yml"}  # a file of the repositories that are looked after
    missing = [path for pair in named for path in pair if path not in {"", *of_others} and not (root / path).exists()]
    assert not missing


@pytest.mark.parametrize(
    "page",
    ["index.md", "digest.png", "start.md", "set-up.md", "security.md", "writing-issues.md", "limits.md", "peers.md"],
)
def test_a_newcomer_finds_it_with_one_click(page: str) -> None:
    """What it does, a picture of the morning, how to try it, to set it up, what it protects and what not: before the
    first heading."""
    assert f"](docs/{page})" in README.split("\n## ")[0]
