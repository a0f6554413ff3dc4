"""When a queued task is expected to start and end, by what the last tasks took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.ageing import aged_priority
from bot.core.estimate import Estimate, QueueLine, Took, estimate
from bot.core.pauses import Window, parse_window
from bot.core.tasks import Priority

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)
TEN = [Took(600.0, 0.5)] * 10
WINDOW = parse_window("22:00-06:00 UTC")


def starts(position: int, *running_for: float, at_once: int = 1, window: Window | None = None) -> timedelta:
    found = estimate(
        TEN, QueueLine(position=position, running_for=running_for, at_once=at_once), now=NOW, window=window
    )
    assert found is not None
    assert found.ends - found.starts == timedelta(minutes=10)
    return found.starts - NOW


def test_ten_tasks_are_needed() -> None:
    assert estimate(TEN[:9], QueueLine(position=1), now=NOW) is None
    assert estimate(TEN, QueueLine(position=1), now=NOW) == Estimate(
        tasks=10, starts=NOW, ends=NOW + timedelta(minutes=10), usd=0.5
    )


def test_one_long_task_among_them_changes_nothing() -> None:
    found = estimate([*TEN, Took(90_000.0, 40.0)], QueueLine(position=2), now=NOW)
    assert found is not None
    assert (found.starts - NOW, found.usd) == (timedelta(minutes=10), 0.5)


@pytest.mark.parametrize(
    ("position", "running_for", "at_once", "minutes"),
    [
        (1, (), 1, 0),
        (3, (), 1, 20),
        (1, (300.0,), 1, 5),
        (1, (6000.0,), 1, 0),
        (2, (300.0,), 1, 15),
        (1, (300.0,), 2, 0),
        (2, (300.0,), 2, 5),
        (3, (), 2, 10),
        (5, (0.0, 0.0), 2, 30),
    ],
)
def test_what_runs_and_what_stands_before_it_comes_first(
    position: int, running_for: tuple[float, ...], at_once: int, minutes: int
) -> None:
    assert starts(position, *running_for, at_once=at_once) == timedelta(minutes=minutes)


def test_only_the_hours_of_the_night_count() -> None:
    """Eight hours a night are 48 tasks: the 49th starts in the next night."""
    assert starts(48, window=WINDOW) == timedelta(hours=7, minutes=50)
    assert starts(49, window=WINDOW) == timedelta(hours=24)
    by_day = NOW + timedelta(hours=12)
    found = estimate(TEN, QueueLine(position=2), now=by_day, window=WINDOW)
    assert found is not None
    assert found.starts == NOW + timedelta(hours=24, minutes=10)


def test_a_pause_comes_first() -> None:
    found = estimate(TEN, QueueLine(position=1), now=NOW, paused_until=NOW + timedelta(hours=1))
    assert found is not None
    assert found.starts == NOW + timedelta(hours=1)


def test_times_are_rounded_up_so_that_a_comment_is_not_edited_each_minute() -> None:
    for seconds in (1, 59, 60, 299, 300):
        found = estimate(TEN, QueueLine(position=1), now=NOW + timedelta(seconds=seconds))
        assert found is not None
        assert found.starts == NOW + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("priority", "days", "counts_as"),
    [
        (Priority.LOW, 0.9, Priority.LOW),
        (Priority.LOW, 1, Priority.NORMAL),
        (Priority.LOW, 7.9, Priority.NORMAL),
        (Priority.LOW, 8, Priority.HIGH),
        (Priority.NORMAL, 6.9, Priority.NORMAL),
        (Priority.NORMAL, 7, Priority.HIGH),
        (Priority.HIGH, 0, Priority.HIGH),
        (Priority.HIGH, 99, Priority.HIGH),
    ],
)
def test_priorities_age(priority: Priority, days: float, counts_as: Priority) -> None:
    assert aged_priority(priority, timedelta(days=days)) is counts_as
