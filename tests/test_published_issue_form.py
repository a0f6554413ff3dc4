"""The form that describes a change is the same in this repository and where `nightshift init` proposes it."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
PROPOSED = ROOT / "bot/init/issue_form.yml"
OURS = ROOT / ".github/ISSUE_TEMPLATE/auto.yml"


def test_both_are_the_same() -> None:
    assert PROPOSED.read_text() == OURS.read_text()


def test_its_texts_are_whole() -> None:
    """In a text without quotes, ` #` begins a comment: what follows it would not be shown."""
    fields = {each["id"]: each["attributes"] for each in yaml.safe_load(PROPOSED.read_text())["body"]}

    assert fields["dependencies"]["description"] == 'Such as "blocked by #12, #13". Leave it empty if there are none.'
    assert all(field["description"].endswith(".") for field in fields.values())
