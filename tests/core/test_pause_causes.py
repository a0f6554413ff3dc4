"""Pauses: the hours of the night in any time zone, and which of several pauses ends last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.pauses import Cause, Pause, longest, next_night, night_began, parse_window

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+00:00")


@pytest.mark.parametrize(
    ("now", "closes", "opens"),
    [
        ("03-01T21:30", "03-02T06:00", "03-02T21:00"),
        ("03-01T21:00", "03-02T06:00", "03-02T21:00"),
        ("03-02T05:59", "03-02T06:00", "03-02T21:00"),
        ("03-02T06:00", None, "03-02T21:00"),
        ("03-02T12:00", None, "03-02T21:00"),
    ],
)
def test_a_window_over_midnight(now: str, closes: str | None, opens: str) -> None:
    """Berlin is an hour ahead of UTC in winter."""
    window = parse_window("22:00-07:00 Europe/Berlin")

    assert window.closes(at(now)) == (at(closes) if closes else None)
    assert window.opens(at(now)) == at(opens)


@pytest.mark.parametrize(
    ("night", "hours"),
    [("03-28T22:00", 8), ("10-24T21:00", 10), ("06-01T20:30", 9)],
    ids=["spring", "autumn", "summer"],
)
def test_a_night_in_which_the_clocks_change(night: str, hours: int) -> None:
    """From ten to seven it is eight hours in the spring night, ten in the autumn one."""
    window = parse_window("22:00-07:00 Europe/Berlin")
    closes = window.closes(at(night))

    assert closes is not None
    assert closes - window.began(at(night)) == timedelta(hours=hours)


def test_a_window_within_a_day_and_one_of_a_whole_day() -> None:
    day = parse_window("9:00-17:30 UTC")
    assert (day.closes(at("03-01T17:29")), day.closes(at("03-01T17:30"))) == (at("03-01T17:30"), None)
    assert parse_window("00:00-24:00 UTC").closes(NOW) is not None


WRONG = [
    *("", "22-7", "22:00", "25:00-07:00", "22:61-07:00", "22:00-07:00 Atlantis/City", "a-b"),
    *("22:00-31:00 UTC", "22:00-24:30 UTC", "24:00-07:00 UTC"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_window_says_what_was_expected(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"22:00-07:00|Europe/Berlin"):
        parse_window(wrong)


def test_spending_counts_from_the_beginning_of_the_night() -> None:
    window = parse_window("22:00-07:00 UTC")

    assert night_began(window, at("03-02T03:00")) == at("03-01T22:00")
    assert next_night(window, at("03-02T03:00")) == at("03-02T22:00")
    assert next_night(None, NOW) > NOW >= night_began(None, NOW)


def test_of_several_pauses_the_longest_has_the_last_word() -> None:
    def pause(cause: Cause, hours: int | None) -> Pause:
        return Pause(cause=cause, until=NOW + timedelta(hours=hours) if hours else None, reason="", since=NOW)

    limit, window, person = pause(Cause.USAGE_LIMIT, 1), pause(Cause.WINDOW, 9), pause(Cause.PERSON, None)

    assert longest([]) is None
    assert longest([window, limit]) is window
    assert longest([limit, person, window]) is person
