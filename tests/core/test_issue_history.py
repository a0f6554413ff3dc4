"""What an issue's history on GitHub says of its label."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.facts import Actor, Happened
from bot.core.issue_history import find_ask_and_stop, find_last_rename, is_base_lost, was_reopened, why_stopped

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


@pytest.mark.parametrize(
    ("kinds", "is_lost"),
    [
        ([], False),
        (["labeled"], False),
        (["closed"], False),
        (["base_ref_deleted", "closed"], True),
        (["labeled", "base_ref_deleted", "closed", "referenced"], True),
        (["closed", "base_ref_deleted"], False),  # a person closed it, and the branch went later
        (["base_ref_deleted", "labeled", "closed"], False),
        (["base_ref_deleted", "closed", "reopened"], False),
        (["base_ref_deleted", "closed", "reopened", "closed"], False),
        (["base_ref_deleted", "closed", "reopened", "base_ref_deleted", "closed"], True),
    ],
)
def test_github_says_before_it_closes_that_the_base_is_gone(kinds: list[str], is_lost: bool) -> None:
    assert is_base_lost(history(*kinds)) is is_lost


def test_who_reopened_it_is_an_account_and_no_name() -> None:
    """An account can take a name that another one had."""
    night = Actor(login="night-shift", id=7)
    closed, opened = (replace(each, actor=night) for each in history("closed", "reopened"))
    assert was_reopened([closed, opened], 7)
    assert not was_reopened([closed, opened], 8)
    assert not was_reopened([closed], 7)
