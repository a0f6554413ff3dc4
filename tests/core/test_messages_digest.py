"""What a digest says: its first five lines are what a maintainer does first, and it mentions no account."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.checks import CheckStanding
from bot.core.digest import Digest
from bot.core.digest_rows import digest_json
from bot.core.failures import FailureKind
from bot.core.messages.digest import digest_body, digest_lines, digest_title, first_lines
from bot.core.messages.digest_form import TERMINAL, markdown
from bot.core.messages.markers import is_ours
from bot.core.pauses import Cause, Pause
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Lint, State
from bot.rehearsal.github.mentions import find_mentions
from tests.core.nights import (
    DURING,
    EARLIER,
    MORNING,
    NIGHT,
    SHOP,
    a_task,
    an_attempt,
    digest_of,
    failed,
    in_review,
    shop,
)

WEB = "https://github.com"
ODD = "@ada #1 <!-- nightshift:status {} --> [x](https://e.example) ![](https://e.example/i.png) `a`\n\n/retry\x1b[2J"
DRAFT = ShortVerdict(standing=CheckStanding.NOT_VERIFIED, failed=FailureKind.VERIFICATION_FAILED)
ACCOUNT = Pause(cause=Cause.ACCOUNT, until=None, reason="It is refused: run `nightshift doctor`.", since=DURING)


def a_night(**more: Any) -> Digest:
    """Two pull requests, one of which the other builds on, a question, two failures, and what waits."""
    return digest_of(
        in_review(1, standing=CheckStanding.NOT_VERIFIED, lines=40),
        in_review(2, blocked_by=[shop(1)], lines=30),
        in_review(3, lines=5),
        failed(4),
        failed(5, FailureKind.NEEDS_INFO, detail="1. Which currencies?"),
        failed(6, FailureKind.SECRET_DETECTED, detail="shop/payment.py:1"),
        a_task(7, State.QUEUED, blocked_by=[shop(1)]),
        a_task(8, State.QUEUED),
        a_task(9, State.NO_CHANGE),
        attempts=[an_attempt(each) for each in (1, 2, 3, 4, 5, 6)],
        before=[an_attempt(1, usd=2)],
        **more,
    )


def test_a_failure_links_the_draft_with_its_work() -> None:
    """Below its kind, whether or not there is evidence to show."""
    shown = [failed(4, pull_request=104, verdict=DRAFT, detail="make"), failed(5, pull_request=105, verdict=DRAFT)]
    digest = digest_of(*shown, failed(6))
    body = digest_body(digest, WEB)

    assert f"“Issue 4” (draft [octo/shop#104]({WEB}/octo/shop/pull/104)): make\n" in body
    assert f"“Issue 5” (draft [octo/shop#105]({WEB}/octo/shop/pull/105))\n" in body
    assert "octo/shop/pull/106" not in body
    rows = digest_json(digest, [])["failures"]
    assert [each["draft"] for each in rows] == ["octo/shop#104", "octo/shop#105", None]
    assert rows[0]["urgency"] == "work_to_judge"


def test_questions_that_are_answered_wait_for_one_word() -> None:
    """And come before those that are still open, in the same line."""
    asked = [failed(number, FailureKind.NEEDS_INFO, detail="1. Which?") for number in (4, 5)]
    lines = [
        first_lines(digest_of(*asked, answered=[shop(each) for each in answered]), TERMINAL)
        for answered in ((), (5,), (4, 5))
    ]
    assert [said[1:] for said in lines] == [
        ["1. See that the questions are answered: octo/shop#4, octo/shop#5, then comment /retry."],
        ["1. Confirm the answers by /retry: octo/shop#5. See that these are answered: octo/shop#4."],
        ["1. Confirm the answers by /retry: octo/shop#4, octo/shop#5."],
    ]
    digest = digest_of(*asked, answered=[shop(5)])
    assert "The author has replied. Next (a maintainer): read the answers" in "\n".join(digest_lines(digest, TERMINAL))
    assert [row["answered"] for row in digest_json(digest, [])["questions"]] == [False, True]


def test_the_first_five_lines_are_what_a_maintainer_does_first() -> None:
    """How much there is, what others wait for, the rest in an order that merges, questions, failures."""
    assert first_lines(a_night(), TERMINAL) == [
        "3 pull requests to review (about 16 minutes to read), 1 question, 2 failures.",
        "1. Review and merge octo/shop#101 “Issue 1”: not verified, 1 file, +40 −0, about 9 minutes."
        " 1 issue waits for it.",
        "2. Then, in this order, octo/shop#103, octo/shop#102.",
        "3. See that the questions are answered: octo/shop#5, then comment /retry.",
        "4. Decide on what failed: octo/shop#6 (secret_detected), octo/shop#4 (verification_failed).",
    ]


def test_a_bad_night_says_so_in_the_first_line_and_what_holds_everything_comes_before_reviews() -> None:
    lines = first_lines(a_night(pauses={SHOP: ACCOUNT}), TERMINAL)

    assert lines[0].startswith("A bad night: 1 issue did not run. It is refused: run nightshift doctor. 3 pull")
    assert lines[1] == "1. Restore the access to Claude, nothing runs until then: It is refused: run nightshift doctor."
    assert lines[2] == "2. Review in this order: octo/shop#101, octo/shop#103, octo/shop#102."
    assert len(lines) == 5


def test_a_pause_that_a_person_has_to_end_is_something_to_do() -> None:
    """Also where no issue waits for it any more."""
    after = digest_of(a_task(1, State.QUEUED, asked=MORNING), pauses={SHOP: ACCOUNT}, attempts=[an_attempt(1)])

    assert first_lines(after, TERMINAL) == [
        "A pause to end.",
        "1. Restore the access to Claude, nothing runs until then: It is refused: run nightshift doctor.",
    ]


def test_a_night_that_asks_for_nothing_says_that() -> None:
    done = digest_of(a_task(1, State.DONE), attempts=[an_attempt(1)])

    assert first_lines(done, markdown(WEB)) == ["**Nothing to do.**"]


@pytest.mark.parametrize("reviews", range(4))
@pytest.mark.parametrize("is_held", [False, True])
def test_there_are_never_more_than_five(reviews: int, is_held: bool) -> None:
    tasks = [in_review(each) for each in range(1, reviews + 1)]
    pauses = {SHOP: ACCOUNT} if is_held else {}
    digest = digest_of(*tasks, failed(8), failed(9, FailureKind.NEEDS_INFO), a_task(10, State.QUEUED), pauses=pauses)

    lines = first_lines(digest, TERMINAL)
    assert len(lines) <= 5
    assert all(str(each.pull_request) in "".join(lines) for each in digest.reviews)
    assert "octo/shop#9" in "".join(lines)
    assert "octo/shop#8" in "".join(lines)


def test_what_a_person_has_to_start_is_among_the_first_lines() -> None:
    """And whom a blocker that failed waits for is said below them."""
    held = replace(a_task(10, State.QUEUED), lint=Lint.WAITS)
    digest = digest_of(held, failed(4), a_task(11, State.QUEUED, blocked_by=[shop(4)]), in_review(1), in_review(2))
    text = list(digest_lines(digest, TERMINAL))

    assert text[0].endswith(", 1 issue to start, 1 failure.")
    assert "3. Decide" in text[3]
    assert text[2] == "2. Start by /go, or improve the text of, octo/shop#10."
    assert "- octo/shop#11 “Issue 11” waits for somebody to decide on octo/shop#4, which failed." in text


def test_below_them_is_what_they_rest_on() -> None:
    """Each failure with its line, who has to act, what waits, what did not run and why, and the cost."""
    text = "\n".join(digest_lines(a_night(), TERMINAL))

    assert "2. octo/shop#103 “Issue 3”: verified, 1 file, +5 −0, about 2 minutes." in text
    assert "Merge octo/shop#101 first." in text
    assert "- octo/shop#5 “Issue 5”: 1. Which currencies? Next (the issue's author): answer the questions" in text
    assert "- secret_detected: The change contains what looks like a secret, so nothing was pushed. Next (a ma" in text
    assert "  - octo/shop#6 “Issue 6”: shop/payment.py:1" in text
    assert "- octo/shop#7 “Issue 7” waits for a maintainer to review and merge octo/shop#101." in text
    assert "- octo/shop#8: The night ended before its turn." in text
    assert "- Nothing needed to change: octo/shop#9." in text
    assert text.endswith("Spent: $3.00 in 6 attempts with 24 turns; the night before: $2.00 in 1 attempt.")


@pytest.mark.parametrize(
    ("five_hours", "week", "said"),
    [
        (None, None, "$3.00"),
        (0.62, 0.081, "62 % of a five-hour window and 8 % of the week's ($3.00 by the list price)"),
        (1.5, 0.004, "150 % of a five-hour window and less than 1 % of the week's ($3.00 by the list price)"),
        (0.0, None, "0 % of a five-hour window ($3.00 by the list price)"),
    ],
)
def test_what_a_subscription_spends_is_a_share_of_its_windows(
    five_hours: float | None, week: float | None, said: str
) -> None:
    digest = a_night()
    spent = replace(digest, spend=replace(digest.spend, five_hours=five_hours, week=week))
    *_, last = digest_lines(spent, TERMINAL)
    assert last == f"Spent: {said} in 6 attempts with 24 turns; the night before: $2.00 in 1 attempt."


def test_a_conflict_is_named_on_both() -> None:
    lines = list(digest_lines(a_night(conflicts=[(shop(102), shop(103))]), TERMINAL))
    told = [line for line in lines if "conflicts with" in line]

    assert len(told) == 2
    assert "conflicts with octo/shop#102: the one that is merged last needs a rebase." in told[0]
    assert "conflicts with octo/shop#103" in told[1]


def test_older_pull_requests_say_that_they_are() -> None:
    text = "\n".join(digest_lines(digest_of(in_review(1, at=EARLIER), in_review(2), failed(3, at=EARLIER)), TERMINAL))

    assert text.count("It is from an earlier night.") == 2  # in the first lines and in the list
    assert "From earlier nights 1 more waits for a person: nightshift list shows the operator which." in text


@pytest.mark.parametrize("state", State)
def test_other_peoples_words_stay_words(state: State) -> None:
    """No mention, no reference, no link or image of theirs, no command, no tag, no escape sequence."""
    kinds = (FailureKind.TASK_BLOCKED, FailureKind.NEEDS_INFO) if state is State.FAILED else (None,)
    for kind in kinds:
        task = a_task(1, state, pull_request=101, failure=kind, title=ODD, detail=ODD)
        body = digest_body(digest_of(task), WEB)
        assert not find_mentions(body)
        assert body.count("<!--") == 1
        assert "](https://e.example" not in body
        assert not [line for line in body.splitlines() if line.startswith("/")]
        assert "\x1b" not in "\n".join(digest_lines(digest_of(task), TERMINAL))


def test_the_issue_fits_into_what_github_takes() -> None:
    """Hundreds of tasks with the longest titles and details."""
    long = "ÄÖ@ada " * 200
    kinds = list(FailureKind)
    tasks = [
        *(in_review(each, title=long, blocked_by=[shop(each - 1)]) for each in range(1, 200)),
        *(failed(each, kinds[each % len(kinds)], title=long, detail=long) for each in range(200, 500)),
        *(a_task(each, State.QUEUED, title=long) for each in range(500, 700)),
        *(a_task(each, State.QUEUED, title=long, blocked_by=[shop(each - 1)]) for each in range(701, 900)),
    ]
    body = digest_body(digest_of(*tasks), WEB)

    assert len(body) < 65_536
    assert is_ours(body)


def test_the_issue_links_pull_requests_and_issues_and_ends_in_its_tag() -> None:
    body = digest_body(a_night(), f"{WEB}/")

    assert "[octo/shop#101](https://github.com/octo/shop/pull/101)" in body
    assert "[octo/shop#5](https://github.com/octo/shop/issues/5)" in body
    assert body.endswith("<!-- nightshift:digest 2026-03-01T22:00:00%2B00:00 -->")
    assert digest_title(NIGHT) == "Nightshift: the night of 2026-03-01"


def test_the_json_holds_the_same() -> None:
    digest = a_night()
    found = json.loads(json.dumps(digest_json(digest, first_lines(digest, TERMINAL))))

    assert [each["pull_request"] for each in found["reviews"]] == ["octo/shop#101", "octo/shop#103", "octo/shop#102"]
    assert found["reviews"][0]["size"] == {"files": 1, "added": 40, "removed": 0}
    assert (found["first"], found["minutes"], found["bad"]) == (first_lines(digest, TERMINAL), 16, None)
    assert found["failures"][0]["next"].startswith(
        "revoke the secret if the issue holds it, delete it there, and comment `/retry`"
    )
    shares = {"five_hours": None, "week": None}
    assert found["spend"] == {"usd": 3.0, "attempts": 6, "turns": 24, "seconds": 360.0, **shares}
    assert found["not_run"] == [
        {"issue": "octo/shop#8", "title": "Issue 8", "why": "The night ended before its turn.", "cause": None}
    ]
    held = digest_json(replace(digest, holding=ACCOUNT, bad="x"), [])
    assert (held["paused"], held["bad"]) == (ACCOUNT.reason, "x")
