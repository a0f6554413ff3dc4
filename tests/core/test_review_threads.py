"""Which words on a line of a pull request ask Nightshift for a change, by themselves."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.facts import Actor
from bot.core.review_facts import LineComment, ReviewFacts
from bot.core.review_threads import asks_for_something, find_asking

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
ME, ADA = Actor(login="night-bot", id=1), Actor(login="ada", id=2)


def line(number: int, body: str = "Rename it.", *, thread: int = 0, review: int = 7, by: Actor = ADA) -> LineComment:
    return LineComment(
        id=number,
        thread=thread or number,
        review=review,
        author=by,
        body=body,
        path="a.py",
        line=1,
        hunk="",
        created_at=NOW,
    )


@pytest.mark.parametrize(
    "body",
    [
        *("Rename it.", "Why 43?", "nit: two spaces", "This leaks.", "`total` instead of `sum`", "Is this fine?"),
        *("```suggestion\nx = 1\n```", "@night-bot and @grace: rename it", "Good, but without the loop"),
        "Nicht hier",
    ],
)
def test_a_remark_asks_for_something(body: str) -> None:
    assert asks_for_something(body, ME)


@pytest.mark.parametrize(
    "body",
    [
        *("Nice!", "LGTM", "Good catch, thank you", "Love this 🎉", "👍", "Very clean, nice work", "", "\n"),
        *("@grace what do you think?", "cc @octo/core", "> why?", "/retry", "<!-- nightshift:reply x -->"),
    ],
)
def test_praise_and_words_for_others_ask_for_nothing(body: str) -> None:
    """A command is followed as one."""
    assert not asks_for_something(body, ME)


def test_the_threads_that_a_review_opened_are_those_that_ask() -> None:
    """Not a reply in another thread, nor a thread of another review, nor one with an answer."""
    review = ReviewFacts(id=7, author=ADA, state="COMMENTED", body="", submitted_at=NOW)
    first, second = line(11), line(12, "Why?")
    others = [line(13, thread=3), line(14, review=8), line(15), line(16, "Done.", thread=15, review=9, by=ME)]

    assert find_asking([first, second, *others], review, ME) == [first, second]


@pytest.mark.parametrize(
    ("body", "later", "asks"),
    [
        ("Not in the test.", [], True),
        ("Thank you, nice", [], False),
        ("@grace what do you think?", [], False),
        ("Not in the test.", [line(14, "Done.", thread=11, review=10, by=ME)], False),
        ("Not in the test.", [line(14, "I agree.", thread=11, review=10)], True),
    ],
)
def test_a_reply_to_an_answer_of_the_bot_asks_anew(body: str, later: list[LineComment], *, asks: bool) -> None:
    """Until the bot has answered that, too."""
    review = ReviewFacts(id=9, author=ADA, state="COMMENTED", body="", submitted_at=NOW)
    thread = [line(11), line(12, "Done.", thread=11, review=8, by=ME)]
    reply = line(13, body, thread=11, review=9)

    assert find_asking([*thread, reply, *later], review, ME) == ([reply] if asks else [])
