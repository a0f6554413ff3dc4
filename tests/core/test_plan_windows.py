"""What is used of a subscription is read from the API's answers, and is the same however many attempts saw it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from bot.core.plan_windows import FIVE_HOURS, WEEK, WindowUse, join_windows, read_windows, share_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 3, 1, 17, tzinfo=UTC)
NAME = "anthropic-ratelimit-unified-5h"


def use(first: float, last: float, resets_at: datetime = NOON, name: str = FIVE_HOURS) -> WindowUse:
    return WindowUse(name=name, resets_at=resets_at, first=first, last=last)


def test_both_windows_are_read() -> None:
    at = str(int(NOON.timestamp()))
    week = "anthropic-ratelimit-unified-7d"
    headers = {f"{NAME}-utilization": "0.25", f"{NAME}-reset": at, f"{week}-utilization": "0", f"{week}-reset": at}
    assert read_windows(headers) == (use(0.25, 0.25), use(0, 0, name=WEEK))


@pytest.mark.parametrize("used", ["", "x", "nan", "inf", "-0.1", "101", "0.5, 0.6", "٠"])
def test_what_is_no_share_is_left_out(used: str) -> None:
    assert read_windows({f"{NAME}-utilization": used, f"{NAME}-reset": "1772366400"}) == ()


@pytest.mark.parametrize("reset", ["", "x", "nan", "1e300", "-1e300", "0"])
def test_what_is_no_time_is_left_out(reset: str) -> None:
    assert read_windows({f"{NAME}-utilization": "0.5", f"{NAME}-reset": reset}) == ()


def test_with_an_api_key_nothing_is_said() -> None:
    assert read_windows({"anthropic-ratelimit-requests-remaining": "9"}) == ()
    assert share_of((), FIVE_HOURS) is None


def test_attempts_that_ran_side_by_side_are_not_counted_twice() -> None:
    for order in permutations([use(0.1, 0.4), use(0.2, 0.5), use(0.3, 0.3)]):
        assert join_windows(order) == (use(0.1, 0.5),)
        assert share_of(order, FIVE_HOURS) == pytest.approx(0.4)


def test_what_was_used_of_several_windows_is_added_up() -> None:
    seen = [use(0.5, 1.0), use(0.0, 0.25, LATER), use(0.5, 0.625, name=WEEK)]
    assert (share_of(seen, FIVE_HOURS), share_of(seen, WEEK)) == (0.75, 0.125)
