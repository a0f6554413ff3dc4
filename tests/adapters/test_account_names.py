"""Which repositories are an account's own, by names that GitHub compares without their case."""

from __future__ import annotations

import pytest

from bot.adapters.github.accounts import TokenAccount


@pytest.mark.parametrize(
    ("name", "is_own"), [("Octo/Clock", True), ("octo/clock", True), ("octo/clocks", False), ("clock", False)]
)
def test_a_repository_is_known_in_any_case(name: str, *, is_own: bool) -> None:
    account = TokenAccount("x", api_url="https://api.github.com", repositories=("Octo/Clock",))

    assert account.knows(name) is account.looks_after(name) is is_own
