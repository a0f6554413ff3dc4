"""What a refusal of a token means, by its age."""

from __future__ import annotations

import pytest

from bot.core.token_age import AfterRefusal, after_refusal


@pytest.mark.parametrize(
    ("status", "age", "was_renewed", "then"),
    [
        (401, 0.0, False, AfterRefusal.WAIT),
        (403, 59.0, False, AfterRefusal.WAIT),
        (401, 59.0, True, AfterRefusal.WAIT),
        (401, 61.0, False, AfterRefusal.RENEW),
        (401, 61.0, True, AfterRefusal.GIVE_UP),
        (401, 301.0, True, AfterRefusal.RENEW),
        (403, 61.0, False, AfterRefusal.GIVE_UP),
        (401, -3600.0, False, AfterRefusal.RENEW),
    ],
)
def test_by_its_age(status: int, age: float, was_renewed: bool, then: AfterRefusal) -> None:
    assert after_refusal(status, age, was_renewed=was_renewed) is then
