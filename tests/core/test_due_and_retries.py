"""When something is done again: by the clock, or after GitHub did not take it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.due import is_due
from bot.core.retries import next_try

NOW = datetime(2026, 3, 1, tzinfo=UTC)
EVERY = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("minutes", "expected"), [(None, True), (-1, True), (0, True), (1, False), (10, False), (11, True), (600, True)]
)
def test_when_it_is_due(minutes: float | None, expected: bool) -> None:
    """Also where the clock was set back since, so that the time lies further ahead than it ever could."""
    at = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert is_due(at, EVERY, NOW) is expected


@pytest.mark.parametrize(
    ("tries", "wait"), [(0, 1.0), (1, 2.0), (8, 256.0), (9, 300.0), (298, 300.0), (299, None), (1000, None)]
)
def test_a_failure_that_passes_is_tried_again_for_a_day(tries: int, wait: float | None) -> None:
    assert next_try(tries, transient=True, asked=None) == wait


def test_a_failure_that_stays_is_given_up_at_once() -> None:
    assert next_try(0, transient=False, asked=None) is None


@pytest.mark.parametrize(
    ("status", "tries", "wait"),
    [(404, 0, 1.0), (404, 4, 16.0), (404, 5, None), (410, 0, None), (403, 0, None), (None, 0, None)],
)
def test_what_github_does_not_find_may_appear_soon(status: int | None, tries: int, wait: float | None) -> None:
    """A deleted issue is no such case: GitHub answers 410 for it."""
    assert next_try(tries, transient=False, asked=None, status=status) == wait


def test_the_status_shortens_nothing_that_passes() -> None:
    assert next_try(5, transient=True, asked=None, status=404) == 32.0
    assert next_try(1000, transient=False, asked=42.0, status=404) == 42.0


@pytest.mark.parametrize("tries", [0, 299, 1000])
def test_a_limit_is_waited_for_however_often(tries: int) -> None:
    """It is no try, so it never ends in giving up."""
    assert next_try(tries, transient=False, asked=42.0) == 42.0
