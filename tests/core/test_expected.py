"""Whatever a setting holds, what is said of it is in our words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.settings import NAMES, SettingsWrong, read_settings

ENOUGH = {"GITHUB_TOKEN": "ghp_x", "REPOSITORIES": "octo/clock", "ANTHROPIC_API_KEY": "sk-x"}
OF_LIBRARIES = (
    "Input should",
    "should be a valid",
    "unable to parse",
    "Value error",
    "Invalid IPv6",
    "could not be cast",
)
ODD = [
    "http://[::1",
    "https://host:99999",
    "-1",
    "1e999",
    "nan",
    "9" * 30,
    "x" * 300,
    "a,b",
    "a=b",
    "/",
    "\x00",
    "1.5",
    "ä",
]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_no_mistake_is_in_a_librarys_words(name: str) -> None:
    @given(st.sampled_from(ODD) | st.text(min_size=1, max_size=12))
    @settings(max_examples=25)
    def is_ours(value: str) -> None:
        try:
            read_settings({**ENOUGH, name: value}, Path("/nonexistent/.env"))
        except SettingsWrong as wrong:
            said = str(wrong)
            assert not [each for each in OF_LIBRARIES if each in said], said
            assert said[0].isupper()

    is_ours()
