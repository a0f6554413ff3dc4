"""The issue form that `nightshift init` proposes."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.init.issue_form import FORM, read_form

ROOT = Path(__file__).parents[2]


def test_it_is_the_form_of_this_repository() -> None:
    assert read_form("auto") == (ROOT / FORM).read_bytes()


def test_it_has_the_label_of_the_settings() -> None:
    assert yaml.safe_load(read_form("night"))["labels"] == ["night"]
