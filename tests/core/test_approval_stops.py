"""What stops a task, and whom `standing` answers, in tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.core.approval_events import (
    OPERATOR,
    Event,
    Known,
    Labelled,
    Role,
    is_automaton,
)
from bot.core.approval_rules import standing
from bot.core.facts import Actor
from bot.core.tasks import ACTIVE, State
from tests.core.approvals import ADA, SAM, at, cancelled, known, labelled, retried, says, shown, stopped, task

# -- what stops


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED])
@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([shown(), stopped(1)], "withdraw"),
        ([shown(), stopped(0)], "nothing"),
        ([shown(), stopped(-1)], "nothing"),
        ([shown(wanted=False), stopped(-1)], "withdraw"),
        ([stopped(-1)], "withdraw"),
        ([cancelled(0, 3)], "cancel"),
        ([cancelled(1, 3)], "cancel"),
        ([cancelled(-1, 3)], "nothing"),
        ([cancelled(1, 3, role=Role.STRANGER)], "nothing"),
        ([shown(), stopped(1), labelled(5)], "withdraw queue"),
        ([shown(), cancelled(1, 3), labelled(5)], "cancel queue"),
        ([shown(), cancelled(1, 3), retried(5, 4)], "nothing"),
    ],
)
def test_a_task_stops(state: State, events: list[Event], expected: str) -> None:
    """For what came after its approval, and not for what came before."""
    found = standing([known(state), *events])
    if events == [shown(), cancelled(1, 3), retried(5, 4)]:  # the later command counts
        assert found.stop is None
    else:
        assert says(found) == expected


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.DONE, State.NO_CHANGE, State.CANCELLED, State.CLOSED])
def test_what_is_over_does_not_stop(state: State) -> None:
    """What was published stays; and a person who cancels it gets an answer."""
    assert standing([known(state), shown(wanted=False), stopped(9)]).stop is None
    assert standing([known(state), cancelled(9, 3)]).stop is None
    assert standing([known(state), cancelled(9, 3)]).cancels_nothing


def test_a_cancel_that_was_overtaken_gets_no_answer() -> None:
    """By a later approval, or by a later command."""
    assert not standing([known(State.IN_REVIEW, approved=10), cancelled(9, 3)]).cancels_nothing
    assert not standing([replace(known(State.IN_REVIEW), command=4), cancelled(9, 3)]).cancels_nothing
    assert not standing([known(), cancelled(9, 3)]).cancels_nothing


@pytest.mark.parametrize(("comment", "expected"), [(3, "nothing"), (4, "nothing"), (5, "queue")])
def test_a_command_is_followed_once_and_in_order(comment: int, expected: str) -> None:
    """GitHub numbers comments in the order in which they came."""
    assert says(standing([replace(known(State.FAILED), command=4), shown(), retried(60, comment)])) == expected


def test_a_recorded_cancel_takes_back_older_labels_until_a_retry() -> None:
    """Of the same second, the label came first."""
    cancel = Known(task=task(State.CANCELLED), command=4, cancelled_at=at(60))
    assert says(standing([cancel, shown(), labelled(60)])) == "nothing"
    assert says(standing([cancel, shown(), labelled(61)])) == "queue"
    assert says(standing([cancel, shown(), labelled(59), retried(61, 5)])) == "queue"


def test_a_recorded_stop_takes_back_older_requests() -> None:
    stop = Known(task=task(State.CANCELLED, approved=None), stopped_at=at(60))
    assert says(standing([stop, shown(), labelled(59)])) == "nothing"
    assert says(standing([stop, shown(), retried(59, 9)])) == "nothing"
    assert says(standing([stop, shown(), labelled(60)])) == "queue"
    assert says(standing([stop, shown(), retried(59, None)])) == "queue"


# -- whom it answers


@pytest.mark.parametrize(
    ("before", "event", "answers"),
    [
        (Known(), labelled(0, by=SAM, role=Role.STRANGER), True),
        (Known(), labelled(0, by=SAM, role=Role.AUTOMATON), True),
        (known(State.FAILED), labelled(0, by=SAM, role=Role.STRANGER), True),
        (known(State.QUEUED), labelled(0, by=SAM, role=Role.AUTOMATON), False),
        (known(State.RUNNING), labelled(0, by=SAM, role=Role.STRANGER), False),
        (known(State.RUNNING), retried(0, 1, role=Role.STRANGER), True),
        (known(State.RUNNING), cancelled(0, 1, role=Role.STRANGER), True),
        (known(State.FAILED), retried(0, 1, role=Role.AUTOMATON), False),
        (known(State.FAILED), retried(5, 1), False),
    ],
)
def test_who_may_not_is_answered(before: Known, event: Event, answers: bool) -> None:
    assert (standing([before, event]).refused == event) is answers


OWN, FOREIGN = Actor(login="nightshift", id=7), Actor(login="helper[bot]", id=9, is_bot=True)


def labelled_by(actor: Actor, second: float, *, role: Role = Role.AUTOMATON) -> Labelled:
    return replace(labelled(second, by=actor, role=role), is_own=actor is OWN)


def by_operator(state: State, *, approver: str = OPERATOR, **more: Any) -> Known:
    record = task(state)
    return Known(task=replace(record, snapshot=replace(record.snapshot, approved_by=approver)), **more)


@pytest.mark.parametrize("state", [state for state in State if state not in ACTIVE])
@pytest.mark.parametrize(
    ("more", "event", "answers"),
    [
        ({}, labelled_by(OWN, 1), False),
        ({}, labelled_by(OWN, 0), False),
        ({}, labelled_by(OWN, -30), False),  # GitHub's clock may be behind the host's
        ({}, labelled_by(OWN, 600), False),
        ({}, labelled_by(OWN, 601), True),
        ({}, labelled_by(FOREIGN, 1), True),
        ({}, labelled_by(SAM, 1, role=Role.STRANGER), True),
        ({}, labelled_by(FOREIGN, -1), False),  # what was approved since needs no approval
        ({}, labelled_by(SAM, -1, role=Role.STRANGER), False),
        ({"approver": "ada"}, labelled_by(OWN, 1), True),
        ({"approver": "nightshift"}, labelled_by(OWN, 1), True),
        ({"approver": ""}, labelled_by(OWN, 1), True),
        ({"stopped_at": at(5)}, labelled_by(OWN, 6), True),
        ({"stopped_at": at(0)}, labelled_by(OWN, 6), False),
        ({"stopped_at": at(-5)}, labelled_by(OWN, 6), False),
        ({"command": 4, "cancelled_at": at(5)}, labelled_by(OWN, 6), True),
    ],
)
def test_the_label_of_add_is_no_request(state: State, more: dict[str, Any], event: Labelled, answers: bool) -> None:
    """Whatever became of the task. A label by any other account is refused, and so is one without that approval."""
    assert (standing([by_operator(state, **more), shown(), event]).refused == event) is answers
    assert says(standing([by_operator(state, **more), shown(), event])) == "nothing"


def test_the_label_of_add_starts_nothing_without_the_operators_approval() -> None:
    own = labelled_by(OWN, 1)
    assert standing([Known(), shown(), own]).refused == own
    withdrawn = known(State.CANCELLED, approved=None)
    assert standing([withdrawn, shown(), own]).refused == own


@pytest.mark.parametrize("state", list(State))
def test_a_trusted_account_of_the_operator_asks_once(state: State) -> None:
    """With a token of a person whom TRUSTED_BOT_IDS lists, the label of `add` is not a second approval; one that is put
    on anew is."""
    own, later = labelled_by(OWN, 30, role=Role.WRITER), labelled_by(OWN, 601, role=Role.WRITER)
    assert says(standing([by_operator(state), shown(), own])) == "nothing"
    if state not in ACTIVE:
        assert says(standing([by_operator(state), shown(), later])) == "queue"
        again = by_operator(state, stopped_at=at(20))
        assert says(standing([again, shown(), own])) == "queue"


@pytest.mark.parametrize(
    ("actor", "trusted", "expected"),
    [
        (ADA, (), False),
        (Actor(login="dependabot", id=9, is_bot=True), (), True),
        (Actor(login="dependabot", id=9, is_bot=True), (9,), False),
        (Actor(login="nightshift", id=7), (), True),
        (Actor(login="nightshift", id=7), (7,), False),
    ],
)
def test_who_is_an_automaton(actor: Actor, trusted: Sequence[int], expected: bool) -> None:
    """A bot is trusted by its number: another account can take over a login."""
    assert is_automaton(actor, me=Actor(login="nightshift", id=7), trusted=trusted) is expected
