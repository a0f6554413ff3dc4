"""What the check runs of a pull request show: by the state of the task, its verdict, and what a press stands for."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.buttons import command_of, label_of, read_reference
from bot.core.checks import CheckStanding
from bot.core.commands import Cancel, Retry
from bot.core.failures import FailureKind
from bot.core.live_attempt import MOST_LINES, NOT_LIVE, LiveAttempt
from bot.core.references import IssueRef
from bot.core.revision import Revision
from bot.core.short_verdict import ShortVerdict
from bot.core.shown_check import (
    NAME,
    STOP_NAME,
    CheckView,
    ShownCheck,
    conclusion_of,
    describe_replaced,
    find_checks,
    is_on_any_head,
    is_update_due,
    reference_of,
)
from bot.core.tasks import Attempt, Overrides, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
VERIFIED = ShortVerdict(standing=CheckStanding.VERIFIED, commands=("pytest",))
REVISION = Revision(pull_request=8, by="ada", at=NOW)


def task(state: State = State.IN_REVIEW, **more: Any) -> Task:
    given: dict[str, Any] = {
        "id": 1,
        "issue": IssueRef("octo/clock", 4),
        "state": state,
        "snapshot": Snapshot(title="Tell the time", body="@ada please"),
        "pull_request": 8,
        "attempts": 2,
        "verdict": VERIFIED,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Task(**(given | more))


def shown(state: State = State.IN_REVIEW, *, live: LiveAttempt = NOT_LIVE, **more: Any) -> dict[str, ShownCheck]:
    view = CheckView(task=task(state, **more), live=live, revision=REVISION, budget_usd=5.0)
    return {check.name: check for check in find_checks(view)}


@pytest.mark.parametrize(
    ("verdict", "conclusion"),
    [
        (VERIFIED, "success"),
        (ShortVerdict(standing=CheckStanding.FAILS_AS_BEFORE, commands=("make",)), "neutral"),
        (ShortVerdict(standing=CheckStanding.NOT_VERIFIED), "neutral"),
        (ShortVerdict(standing=CheckStanding.NOT_VERIFIED, commands=("tox",), reason="no tox"), "action_required"),
        (ShortVerdict(standing=CheckStanding.VERIFIED, failed=FailureKind.STALLED), "failure"),
        (None, "neutral"),
    ],
)
def test_the_conclusion_is_the_verdicts(verdict: ShortVerdict | None, conclusion: str) -> None:
    """A change that nothing verifies can be merged where there is nothing that could; else a person has to look."""
    assert conclusion_of(verdict) == conclusion
    assert shown(verdict=verdict)[NAME].conclusion == conclusion


@pytest.mark.parametrize("standing", CheckStanding)
@pytest.mark.parametrize("kind", FailureKind)
def test_the_work_of_a_failure_is_never_taken_for_a_success(standing: CheckStanding, kind: FailureKind) -> None:
    found = shown(State.FAILED, failure=kind, verdict=ShortVerdict(standing=standing, failed=kind))[NAME]
    assert found.conclusion == "failure"
    assert found.title == f"Failed: {kind}"


@pytest.mark.parametrize("state", State)
def test_each_state_shows_what_people_can_do(state: State) -> None:
    """What is at work can be stopped, what is at rest run again; once people decided, nothing is left to press."""
    found = shown(state)
    buttons = {name: [button.label for button in check.buttons] for name, check in found.items()}
    match state:
        case State.QUEUED | State.RUNNING:
            assert buttons == {NAME: [], STOP_NAME: ["Stop"]}
            assert found[NAME].is_open
            assert found[STOP_NAME].conclusion == "neutral", "GitHub shows buttons of a completed run only"
        case State.IN_REVIEW | State.FAILED | State.CANCELLED:
            assert buttons == {NAME: ["Retry", "More budget"]}
            assert not is_on_any_head(found[NAME])
        case _:
            assert found == {}


def test_without_a_pull_request_there_is_nothing_to_show() -> None:
    assert shown(State.RUNNING, pull_request=None) == {}


def test_without_a_webhook_there_are_no_buttons() -> None:
    """No press would reach the bot."""
    for state in State:
        found = find_checks(CheckView(task=task(state), has_buttons=False))
        assert [check.buttons for check in found if check.buttons] == []
        assert len(found) <= 1


@pytest.mark.parametrize("budget", [0.01, 0.07, 1.0, 3.33, 5.0, 499.99, 500.0, 501.0, 999.99, 1000.0])
def test_every_button_is_as_short_as_github_takes_it_and_stands_for_a_command(budget: float) -> None:
    view = CheckView(task=task(overrides=Overrides(budget_usd=budget)), budget_usd=5.0)
    (check,) = find_checks(view)
    assert len(check.buttons) == (1 if budget == 1000.0 else 2)
    for button in check.buttons:
        assert (len(button.label), len(button.description), len(button.identifier)) <= (20, 40, 20)
        assert len(button.description) <= 40
        assert len(button.identifier) <= 20
        assert label_of(button.identifier) == button.label
        found = command_of(button.identifier)
        assert isinstance(found, Retry)
        if button.label == "More budget":
            assert found.overrides == Overrides(budget_usd=min(round(2 * budget, 2), 1000.0))
            assert f"/retry {button.identifier} " in button.description


@pytest.mark.parametrize(
    "identifier",
    [
        "deploy",
        "fresh",
        "",
        "budget=",
        "budget=abc",
        "budget=-5",
        "budget=5 fresh",
        "budget=5 model=x",
        "budget=5\n/cancel",
        "budget=5\r/cancel",
        "budget=5\u2028/go",
        "budget=99999",
        "budget=٥",
        "budget=1e3",
        "Retry",
        " retry",
        "retry ",
        "/retry",
        "cancel",
        "model=opus",
        "turns=9",
    ],
)
def test_no_other_identifier_stands_for_anything(identifier: str) -> None:
    assert command_of(identifier) is None


def test_stop_is_cancel() -> None:
    assert command_of("stop") == Cancel()
    assert label_of("stop") == "Stop"


@pytest.mark.parametrize(
    "text", ["", "1", "1:", ":1", "0:1", "-1:2", "1:2:3", "x:1", "1:x", "1 :2", "1:2\n", "٣:1", f"{10**18}:1", "1:-2"]
)
def test_a_foreign_reference_is_none(text: str) -> None:
    assert read_reference(text) is None


def test_a_reference_is_read_again() -> None:
    assert read_reference(reference_of(12, 0)) == (12, 0)
    assert shown(State.QUEUED)[NAME].reference == "4:3", "the attempt that waits"
    assert {check.reference for check in shown(State.RUNNING).values()} == {"4:2"}


def test_an_attempt_at_work_shows_its_last_steps_turn_and_cost() -> None:
    live = NOT_LIVE
    for turn in range(1, 20):
        live = live.with_step(2, turns=turn, cost_usd=turn / 10, line=f"Bash: step {turn}", now=NOW)
    found = shown(State.RUNNING, live=live)[NAME]
    assert found.title == "A revision: turn 19, $1.90"
    assert "step 19\n" in found.summary
    assert f"step {19 - MOST_LINES + 1}\n" in found.summary
    assert f"step {19 - MOST_LINES}\n" not in found.summary


def test_nothing_is_shown_of_an_earlier_attempt() -> None:
    live = NOT_LIVE.with_step(1, turns=9, cost_usd=3.0, line="Bash: old", now=NOW)
    found = shown(State.RUNNING, live=live)[NAME]
    assert "old" not in found.summary
    assert "turn 0, $0.00" in found.title
    again = live.with_step(2, turns=1, cost_usd=0.1, line="Bash: new", now=NOW + timedelta(hours=1))
    assert (again.lines, again.began_at) == (("Bash: new",), NOW + timedelta(hours=1))


HOSTILE = [
    "Bash: echo @ada see #4",
    "Bash: ```\n</code> @everyone",
    "<!-- nightshift:status {} -->",
    "![x](https://example.org/x.png)",
    "/retry",
]


@pytest.mark.parametrize("line", HOSTILE)
def test_steps_are_shown_as_code_that_they_cannot_end(line: str) -> None:
    live = NOT_LIVE.with_step(2, turns=1, cost_usd=0.0, line=line, now=NOW)
    found = shown(State.RUNNING, live=live)[NAME]
    head, _, rest = found.summary.partition("Its last steps:\n\n")
    marks = rest.split("text\n", 1)[0]
    assert set(marks) == {"`"}
    assert rest.count(f"\n{marks}\n") == 1
    assert "<!-- nightshift" not in found.summary
    assert "@" not in head


def test_the_pressed_button_is_named_until_the_next_attempt_ends() -> None:
    live = LiveAttempt(pressed="`ada` pressed “Retry”.", pressed_at=2)
    says = {
        (state, attempts): "pressed" in str(shown(state, live=live, attempts=attempts)[NAME].summary)
        for state in (State.IN_REVIEW, State.QUEUED, State.RUNNING)
        for attempts in (2, 3, 4)
    }
    assert says == {
        (State.IN_REVIEW, 2): True,
        (State.QUEUED, 2): True,
        (State.RUNNING, 2): True,
        (State.RUNNING, 3): True,
        (State.IN_REVIEW, 3): False,
        (State.QUEUED, 3): False,
        (State.IN_REVIEW, 4): False,
        (State.QUEUED, 4): False,
        (State.RUNNING, 4): False,
    }


def test_a_long_attempt_is_shown_ever_more_rarely() -> None:
    """So that the writes of an attempt are few, however long it takes: a step each second, for four hours."""
    live = NOT_LIVE.with_step(2, turns=1, cost_usd=0.0, line="x", now=NOW)
    at, updates = NOW, [NOW]
    while at < NOW + timedelta(hours=4):
        at += timedelta(seconds=1)
        if is_update_due(live, updates[-1], at):
            updates.append(at)
    assert 30 < len(updates) < 60
    assert min(later - sooner for sooner, later in itertools.pairwise(updates)) >= timedelta(seconds=30)


def test_what_is_left_behind_fails_nothing() -> None:
    assert (describe_replaced(NAME, "4:2").conclusion, describe_replaced(NAME, "4:2").buttons) == ("neutral", ())


def test_an_attempt_that_failed_is_named_beside_the_verdict() -> None:
    """The verdict is on what is published; the last attempt may have come to nothing."""
    ended = Attempt(task_id=1, number=2, started_at=NOW, failure=FailureKind.STALLED, turns=1, cost_usd=0.5, seconds=61)
    (found,) = find_checks(CheckView(task=task(), attempts=[ended]))
    assert found.conclusion == "success"
    assert "Attempt 2 took 1 turn, $0.50 and 1 min 1 s, and failed with `stalled`." in found.summary
