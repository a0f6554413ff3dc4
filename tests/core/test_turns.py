"""Whose turn it is when a task comes to rest, who is mentioned, and what the comment says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core import messages
from bot.core.commands import parse_command
from bot.core.facts import Actor
from bot.core.failure_policy import policy
from bot.core.failures import FailureKind, Turn
from bot.core.messages import NoticeView
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Snapshot, State, Task
from bot.core.turns import Addressee, Rest, RestKind, find_addressee, find_rest, is_news
from bot.rehearsal.github.mentions import find_mentions

NOW = datetime(2026, 1, 31, tzinfo=UTC)
ISSUE, OTHER = IssueRef("octo/tools", 7), IssueRef("octo/tools", 3)
TASK = Task(
    id=1,
    issue=ISSUE,
    state=State.QUEUED,
    snapshot=Snapshot(title="A title", body="", approved_by="ada"),
    attempts=2,
    pull_request=9,
    created_at=NOW,
    updated_at=NOW,
)
ME = Actor(login="nightshift-bot", id=3)
ADA, MALLORY = Actor(login="ada", id=1), Actor(login="mallory", id=2)


def rest_of(task: Task, *blockers: Task) -> Rest:
    rest = find_rest(task, blockers)
    assert rest is not None
    return rest


def failed(kind: FailureKind) -> Rest:
    return rest_of(replace(TASK, state=State.FAILED, failure=kind))


@pytest.mark.parametrize("state", State)
def test_only_a_review_and_a_failure_wait_for_a_person(state: State) -> None:
    """What runs, waits for a time or is over does not; nor does what a person stopped."""
    task = replace(TASK, state=state, failure=FailureKind.STALLED, not_before=NOW)

    assert (find_rest(task) is not None) == (state in {State.IN_REVIEW, State.FAILED})


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_is_a_persons_turn(kind: FailureKind) -> None:
    """Nightshift's retries are used up by then. A question goes to the author."""
    rest, turn = failed(kind), policy(kind).turn

    assert rest.turn is (Turn.MAINTAINER if turn is Turn.NIGHTSHIFT else turn)
    assert rest.key == f"2.{kind}"
    assert (rest.kind is RestKind.QUESTION) == (kind is FailureKind.NEEDS_INFO)


def test_each_attempt_that_comes_to_rest_is_another_turn() -> None:
    first, second = (rest_of(replace(TASK, state=State.IN_REVIEW, attempts=number)) for number in (1, 2))
    assert (first.key, second.key) == ("1.in_review", "2.in_review")
    assert first.kind is RestKind.REVIEW


def test_a_task_that_waits_for_a_merge_is_the_reviewers_turn() -> None:
    """Of the pull request that it waits for; while that is made, it is the turn of no person."""
    waits = replace(TASK, blockers=(Blocker(issue=OTHER),))
    grace = Snapshot(title="First", body="", approved_by="grace")
    blocker = replace(TASK, id=2, issue=OTHER, state=State.IN_REVIEW, snapshot=grace, pull_request=8)

    rest = rest_of(waits, blocker)
    assert (rest.key, rest.kind, rest.approver) == ("2.waits", RestKind.MERGE, "grace")
    assert rest.waits_for == (IssueRef("octo/tools", 8),)
    for state in (State.QUEUED, State.RUNNING, State.FAILED):
        assert find_rest(waits, [replace(blocker, state=state)]) is None
    assert find_rest(replace(waits, state=State.RUNNING), [blocker]) is None


@pytest.mark.parametrize(
    ("author", "login"),
    [
        (MALLORY, "mallory"),
        (ADA, "ada"),
        (Actor(login="dependabot[bot]", id=4, is_bot=True), "ada"),
        (Actor(login="renovate", id=5, is_bot=True), "ada"),
        (Actor(login="ghost", id=0), "ada"),
        (ME, "ada"),
        (Actor(login="Nightshift-Bot", id=3), "ada"),
        (None, "ada"),
    ],
)
def test_a_question_goes_to_the_author_if_that_is_a_person(author: Actor | None, login: str) -> None:
    """Otherwise a maintainer has to answer."""
    for kind in FailureKind:
        found = find_addressee(failed(kind), author=author, approver=ADA, me=ME)
        assert found == Addressee(login=login if policy(kind).turn is Turn.AUTHOR else "ada")


@pytest.mark.parametrize(
    ("approved_by", "approver", "why"),
    [
        ("", None, "it is not known who approved this issue"),
        ("the operator", None, "the operator approved this issue"),
        ("the operator", Actor(login="the operator", id=0), "the operator approved this issue"),
        ("labeller[bot]", None, "a bot approved this issue"),
        ("labeller", None, "a bot approved this issue"),
        ("labeller", Actor(login="labeller", id=8, is_bot=True), "a bot approved this issue"),
        ("nightshift-bot", ME, "a bot approved this issue"),
        ("ghost", Actor(login="ghost", id=0), "a bot approved this issue"),
        ("octo/team", Actor(login="octo/team", id=0), "octo/team approved this issue"),
    ],
)
def test_only_persons_are_mentioned(approved_by: str, approver: Actor | None, why: str) -> None:
    """The comment says plainly why it mentions no person."""
    task = replace(TASK, state=State.IN_REVIEW, snapshot=replace(TASK.snapshot, approved_by=approved_by))
    found = find_addressee(rest_of(task), author=MALLORY, approver=approver, me=ME)
    told = messages.notice(NoticeView(issue=ISSUE, rest=rest_of(task), addressee=found, pull_request=9))

    assert found == Addressee(why=why)
    assert "It is the turn of a maintainer: review #9" in told
    assert f"No person is mentioned, because {why}." in told
    assert find_mentions(told) == ()


ANSWERED = Rest(attempts=2, word="answered", turn=Turn.MAINTAINER, approver="ada")


@pytest.mark.parametrize("kind", FailureKind)
def test_questions_that_are_answered_are_the_approvers_turn(kind: FailureKind) -> None:
    """Of other failures no reply changes whose turn it is."""
    rest = find_rest(replace(TASK, state=State.FAILED, failure=kind), is_answered=True)

    assert rest == (ANSWERED if kind is FailureKind.NEEDS_INFO else failed(kind))
    assert rest is not None
    assert (rest.kind is RestKind.ANSWERED) == (kind is FailureKind.NEEDS_INFO)
    assert ANSWERED.key == "2.answered"


RESTS = [
    rest_of(replace(TASK, state=State.IN_REVIEW)),
    rest_of(replace(TASK, blockers=(Blocker(issue=OTHER),)), replace(TASK, issue=OTHER, state=State.IN_REVIEW)),
    *map(failed, FailureKind),
    ANSWERED,
]


@pytest.mark.parametrize("rest", RESTS, ids=lambda rest: rest.word)
@pytest.mark.parametrize("login", ["ada", "a", "octo-cat", "mona_corp", "x" * 39])
def test_a_notice_mentions_one_person_and_says_what_to_type(rest: Rest, login: str) -> None:
    """And afterwards none. It is known by its tag, and never read as a command."""
    view = NoticeView(
        issue=ISSUE, rest=rest, addressee=Addressee(login=login), pull_request=9, web_url="https://github.example"
    )
    told, done = messages.notice(view), messages.notice_done(ISSUE, rest.key, 9, "https://github.example")

    assert find_mentions(told) == (login,)
    assert told.startswith(f"@{login}, it is your turn")
    assert "`/" in told or "merge" in told
    assert find_mentions(done) == ()
    assert len(done.partition("\n")[0]) < 120
    for body in (told, done):
        assert messages.is_ours(body)
        assert messages.read_notice(body, ISSUE) == rest.key
        assert messages.read_notice(body, OTHER) is None
        assert parse_command(body) is None
        assert messages.read_status(body) is None


@pytest.mark.parametrize("body", ["@ada, it is your turn: go.", "<!-- nightshift:notice octo/tools#7/1.x -->\nNo"])
def test_a_text_of_another_person_is_no_notice(body: str) -> None:
    assert messages.read_notice(body, ISSUE) is None


def test_what_a_lost_ledger_brings_back_is_news_for_a_day() -> None:
    """Of a task that GitHub shows by its pull request alone, no one knows who approved it, nor when."""
    assert is_news(TASK, NOW + timedelta(hours=23))
    assert not is_news(TASK, NOW + timedelta(hours=25))
    assert not is_news(replace(TASK, snapshot=replace(TASK.snapshot, approved_by="")), NOW)


@pytest.mark.parametrize(
    ("kind", "detail", "says"),
    [
        (FailureKind.SECRET_DETECTED, "a.py, line 1: key (a false alarm: /allow 0a1b)", "Here that is `/allow 0a1b`."),
        (
            FailureKind.SECRET_DETECTED,
            "a.py, line 1: key (a false alarm: /allow 0a1b)\nb.py, line 2: key (a false alarm: /allow ff)",
            "Here that is `/allow 0a1b` and `/allow ff`.",
        ),
        (FailureKind.SECRET_DETECTED, "a.py, line 1: key", ""),
        (FailureKind.SETUP_FAILED, "x (a false alarm: /allow 0a1b)", ""),
    ],
)
def test_the_notice_of_a_secret_names_the_line_to_type(kind: FailureKind, detail: str, says: str) -> None:
    task = replace(TASK, state=State.FAILED, failure=kind, detail=detail)
    view = NoticeView(issue=ISSUE, rest=rest_of(task), addressee=Addressee(login="ada"), detail=detail)

    told = messages.notice(view)
    assert (says in told) if says else ("/allow 0a1b" not in told)
