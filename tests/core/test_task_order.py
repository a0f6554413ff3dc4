"""`nightshift list` and `stats` for people: first what to do, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.failures import FailureKind
from bot.core.figures import figure_lines
from bot.core.references import IssueRef
from bot.core.task_history import History, history_lines, span
from bot.core.task_order import order_tasks
from bot.core.tasks import Blocker, Lint, Priority, State, Task
from tests.core.approvals import NOON, task

WEB = "https://github.com"


def numbered(number: int, state: State, **more: object) -> Task:
    return replace(task(state), issue=IssueRef("octo/clock", number), **more)  # type: ignore[arg-type]


def test_what_a_person_has_to_do_comes_first() -> None:
    blocker = Blocker(issue=IssueRef("octo/clock", 7))
    expected = [
        numbered(12, State.IN_REVIEW, created_at=NOON - timedelta(days=2), pull_request=20),
        numbered(11, State.IN_REVIEW, pull_request=21),
        numbered(10, State.FAILED, failure=FailureKind.NEEDS_INFO),
        numbered(9, State.FAILED, failure=FailureKind.DIFF_TOO_LARGE),
        numbered(8, State.RUNNING),
        numbered(7, State.QUEUED, priority=Priority.HIGH),
        numbered(6, State.QUEUED),
        numbered(5, State.QUEUED, priority=Priority.HIGH, blockers=(blocker,)),
        numbered(4, State.CLOSED, pull_request=22),
        numbered(3, State.NO_CHANGE),
        numbered(2, State.CANCELLED),
        numbered(1, State.DONE, pull_request=23),
    ]

    lines = order_tasks([(each, []) for each in reversed(expected)], web_url=WEB, now=NOON)

    assert [line.issue for line in lines] == [str(each.issue) for each in expected]
    assert [line.waits_for for line in lines[2:8]] == [
        "the issue's author",
        "a maintainer",
        "",
        "its turn",
        "its turn",
        "octo/clock#7",
    ]
    assert (lines[0].age, lines[0].link) == ("2 d", f"{WEB}/octo/clock/pull/20")
    assert (lines[3].state, lines[3].link) == ("failed: diff_too_large", f"{WEB}/octo/clock/issues/9")


@pytest.mark.parametrize("kind", list(FailureKind))
@pytest.mark.parametrize("state", list(State))
def test_every_state_and_failure_has_words(state: State, kind: FailureKind) -> None:
    """Nothing of Python, and no state is left out of the order."""
    failed = replace(task(state), failure=kind)
    (line,) = order_tasks([(failed, [])], web_url=WEB, now=NOON)

    assert not any(part in f"{line.state}{line.waits_for}" for part in ("State.", "Turn.", "None", "in_review"))
    assert line.waits_for != "Nightshift"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3599.7, "1 h"),
        (3725, "1 h 2 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
    ],
)
def test_a_time_is_reported_in_its_largest_units(seconds: float, words: str) -> None:
    assert span(seconds) == words


def figures(**changed: object) -> dict[str, object]:
    found: dict[str, object] = {
        "tasks": {state.value: 0 for state in State},
        "reached_last_day": {},
        "failures": {},
        "attempts": 0,
        "turns": 0,
        "cost_usd": 0.0,
        "median_seconds": None,
        "p90_seconds": None,
        "outbox": 0,
        "unsaid": 0,
        "oldest_queued_seconds": None,
        "paused": None,
        "requests_last_hour": 0,
        "writes_last_hour": 0,
        "writes_left_this_hour": 400,
        "requests_per_attempt": None,
        "writes_per_attempt": None,
        "attempts_an_hour_possible": None,
    }
    return found | changed


def test_the_figures_are_sentences() -> None:
    empty, some = (
        "\n".join(figure_lines(each))
        for each in (
            figures(),
            figures(
                tasks={"in_review": 2, "failed": 1, "queued": 0},
                failures={"task_blocked": 1},
                attempts=1200,
                cost_usd=1234.5,
                median_seconds=61.2,
                p90_seconds=3725.0,
                oldest_queued_seconds=90000.0,
                paused="The operator has paused Nightshift.",
                requests_per_attempt=12.0,
                writes_per_attempt=4.5,
                attempts_an_hour_possible=88,
            ),
        )
    )

    assert "Tasks: none." in empty
    assert "The queue is empty." in empty
    assert "Tasks: 2 in review, 1 failed." in some
    assert "Attempts: 1,200, with 0 turns and $1,234.50 in all." in some
    assert "Half of the attempts took 1 min 1 s or less, nine of ten 1 h 2 min or less." in some
    assert "has waited for 1 d 1 h" in some
    assert "Paused: The operator has paused Nightshift." in some
    assert "An attempt takes 12 requests, 4.5 of them to write; GitHub allows 88 attempts an hour at that rate." in some
    assert not any(part in empty + some for part in ("None", "{", "}", "'"))


def test_a_history_says_that_a_person_has_to_start_the_task() -> None:
    held = numbered(1, State.QUEUED, lint=Lint.WAITS)
    lines = history_lines(History(task=held, happenings=[], attempts=[], waits=[], blocks=[], web_url=WEB))
    assert "waits for a maintainer's /go" in [line.strip() for line in lines]
