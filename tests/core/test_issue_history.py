"""What an issue's history on GitHub says of its label."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.facts import Actor, Happened
from bot.core.issue_history import find_ask_and_stop, find_last_rename, why_stopped

ADA = Actor(login="ada", id=1)


def history(*kinds: str) -> list[Happened]:
    """`labeled auto` or `closed`, a minute apart."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    found = []
    for minute, words in enumerate(kinds):
        kind, _, label = words.partition(" ")
        found.append(Happened(kind=kind, actor=ADA, at=start + timedelta(minutes=minute), label=label or None))
    return found


@pytest.mark.parametrize(
    ("kinds", "ask", "stop"),
    [
        ((), None, None),
        (("labeled auto",), 0, None),
        (("labeled Auto",), 0, None),
        (("labeled auto:high",), None, None),
        (("labeled auto", "unlabeled auto", "labeled auto"), 2, 1),
        (("labeled auto", "unlabeled other", "labeled auto"), 2, None),
        (("labeled auto", "closed", "reopened"), 2, 1),
        (("unlabeled auto", "labeled auto", "closed"), 1, 0),  # what stopped it afterwards is not "before"
        (("labeled auto", "unlabeled auto", "closed", "reopened", "labeled auto"), 4, 2),
    ],
)
def test_the_last_ask_and_what_stopped_it_before(kinds: tuple[str, ...], ask: int | None, stop: int | None) -> None:
    events = history(*kinds)
    expected = tuple(None if number is None else events[number] for number in (ask, stop))
    assert find_ask_and_stop(events, "auto") == expected


def test_why_it_stopped() -> None:
    assert [why_stopped(each) for each in history("closed", "unlabeled auto")] == [
        "the issue was closed",
        "ada took the label off",
    ]


def test_the_last_rename() -> None:
    events = history("renamed", "labeled auto", "renamed")
    assert find_last_rename(events) is events[2]
    assert find_last_rename(history("labeled auto")) is None
