"""What of a pull request's reviews and comments a session reads: writers' words, and each until it was answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.facts import Actor, CommentFacts
from bot.core.messages import add_marker, reply_marker
from bot.core.references import IssueRef
from bot.core.review_brief import read_answers, requests
from bot.core.review_facts import LineComment, ReviewFacts
from bot.core.revisions import Answered, ReviewRemark, revised_key, select_items, thread_key
from bot.core.tasks import Snapshot, State, Task

AT = datetime(2026, 3, 1, 22, tzinfo=UTC)
ADA, SAM, ME = (Actor(login=login, id=number) for number, login in enumerate(("ada", "sam", "bot"), 1))
PULL, ISSUE = 9, 4
TASK = Task(
    id=1,
    issue=IssueRef("octo/clock", ISSUE),
    state=State.IN_REVIEW,
    snapshot=Snapshot(title="t", body=""),
    created_at=AT,
    updated_at=AT,
)


def review(number: int, body: str = "Not yet.", *, by: Actor = ADA, state: str = "CHANGES_REQUESTED") -> ReviewFacts:
    return ReviewFacts(id=number, author=by, state=state, body=body, submitted_at=AT)


def line(number: int, body: str = "Why?", *, by: Actor = ADA, thread: int | None = None) -> LineComment:
    return LineComment(
        id=number,
        thread=thread or number,
        review=None,
        author=by,
        body=body,
        path="a.py",
        line=3,
        hunk="@@ -1 +1 @@\n+x",
        created_at=AT,
    )


def comment(number: int, body: str, *, by: Actor = ADA, on: int = PULL) -> CommentFacts:
    return CommentFacts(id=number, issue=on, body=body, author=by, created_at=AT + timedelta(seconds=number))


def keys(said: ReviewRemark, answered: Answered | None = None) -> list[str]:
    found = select_items(said, pull=PULL, writers={"ada"}, answered=answered or Answered())
    return [each.key for each in found]


@pytest.mark.parametrize(
    ("state", "is_read"), [("COMMENTED", True), ("APPROVED", True), ("DISMISSED", False), ("PENDING", False)]
)
def test_a_review_is_read_as_long_as_it_stands(state: str, is_read: bool) -> None:
    assert bool(keys(ReviewRemark(reviews=[review(1, state=state)]))) == is_read


@pytest.mark.parametrize(
    "body", ["", "  \n", "/retry", "/retry turns=9", "/status", "/revise", "x <!-- nightshift:reply a -->"]
)
def test_what_says_nothing_to_a_session_is_left_out(body: str) -> None:
    said = ReviewRemark(reviews=[review(1, body)], lines=[line(2, body)], comments=[comment(3, body)])
    assert keys(said) == []


@pytest.mark.parametrize("body", ["/revise Say more.", "Say more.\n\n/retry", "/retry\nSay more.", "Say more."])
def test_words_beside_a_command_are_read(body: str) -> None:
    assert keys(ReviewRemark(comments=[comment(3, body)])) == ["comment:3"]


def test_strangers_are_left_out_of_threads_that_writers_join() -> None:
    lines = [line(1, "Violet!", by=SAM), line(2, "No.", thread=1), line(3, "Please!", by=SAM, thread=1)]
    (item,) = select_items(ReviewRemark(lines=lines), pull=PULL, writers={"ada"}, answered=Answered())
    assert item.said == (("ada", "No."),)
    assert item.key == thread_key(1, 2)
    assert keys(ReviewRemark(lines=lines[:1])) == []


def test_a_resolved_thread_is_left_out() -> None:
    assert keys(ReviewRemark(lines=[line(1), line(2)], resolved={1})) == ["thread:2:2"]


def test_of_the_issues_comments_those_that_ask_for_a_revision_are_read() -> None:
    """The others were read with the issue, when it was approved."""
    said = [
        comment(1, "Some words.", on=ISSUE),
        comment(2, "/revise Better.", on=ISSUE),
        comment(3, "/retry\nx", on=ISSUE),
    ]
    assert keys(ReviewRemark(comments=said)) == ["comment:2"]


def test_what_was_answered_is_known_from_the_answers_alone() -> None:
    """The ledger may be new. Later words ask anew."""
    before = ReviewRemark(reviews=[review(1)], lines=[line(2)], comments=[comment(3, "Hm.")])
    own = [comment(4, add_marker("Done.", reply_marker(revised_key(TASK, before))), by=ME)]
    lines = [*before.lines, line(5, add_marker("Done.", reply_marker(thread_key(2, 2))), by=ME, thread=2)]
    later = ReviewRemark(reviews=before.reviews, lines=lines, comments=[*before.comments, *own])
    answered = Answered()
    answered.learn(later, ME)
    assert keys(later, answered) == []

    more = replace(
        later,
        reviews=[*later.reviews, review(6)],
        lines=[*lines, line(7, "Still.", thread=2)],
        comments=[*later.comments, comment(8, "And?")],
    )
    assert keys(more, answered) == ["review:6", "thread:2:7", "comment:8"]


def test_tags_of_others_answer_nothing() -> None:
    """Anybody can type one."""
    said = ReviewRemark(
        reviews=[review(1)], comments=[comment(2, add_marker("x", reply_marker("revised:octo/clock#4:99:99")), by=SAM)]
    )
    answered = Answered()
    answered.learn(said, ME)
    assert keys(said, answered) == ["review:1"]


def test_each_request_has_its_number_its_place_and_a_frame() -> None:
    said = ReviewRemark(reviews=[review(1, "Shorter. <!-- hidden -->")], lines=[line(2)])
    told = requests(select_items(said, pull=PULL, writers={"ada"}, answered=Answered()), by="ada")
    assert "Item 1: a review." in told
    assert "Item 2: a thread on `a.py`, line 3." in told
    assert "===== words of ada, who may write to the repository" in told
    assert "hidden" not in told
    assert "another try" in requests((), by="ada")


@pytest.mark.parametrize(
    ("summary", "found"),
    [
        ("Item 1: done.\nItem 2: not done.", {1: "done.", 2: "not done."}),
        ("- **Item 2**: renamed it", {2: "renamed it"}),
        ("item 1 - done", {1: "done"}),
        ("* Item 1. done", {1: "done"}),
        ("Done. Item 1: no line of its own", {}),
        ("Item 3: there is none", {}),
        ("Item 0: nor this", {}),
        ("", {}),
    ],
)
def test_a_summary_answers_by_number(summary: str, found: dict[int, str]) -> None:
    assert read_answers(summary, 2) == found
