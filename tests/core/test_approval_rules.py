"""Who approves what: `standing` over the events of an issue, in tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.approval_events import (
    Edited,
    Event,
    Known,
    Role,
    Standing,
    Text,
    approved_at,
)
from bot.core.approval_rules import standing
from bot.core.failures import FailureKind
from bot.core.tasks import Priority, SnapshotComment, State
from tests.core.approvals import (
    EVIL,
    FIRST,
    MORE,
    SECOND,
    at,
    cancelled,
    edited,
    known,
    labelled,
    retried,
    says,
    shown,
    stopped,
    task,
)


def text_of(found: Standing) -> Text | None:
    return found.approval.text if found.approval else None


# -- what starts a task


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([labelled(0)], "queue"),
        ([labelled(0, role=Role.STRANGER)], "nothing"),
        ([labelled(0, role=Role.AUTOMATON)], "nothing"),
        ([retried(0, 1)], "queue"),
        ([retried(0, None)], "queue"),
        ([retried(0, 1, role=Role.STRANGER)], "nothing"),
        ([edited(0, "Soon.")], "nothing"),
        ([cancelled(0, 1)], "nothing"),
        ([stopped(0)], "nothing"),
        ([labelled(0), stopped(1)], "nothing"),
        ([labelled(0), stopped(0)], "queue"),
        ([labelled(1), stopped(0)], "queue"),
        ([labelled(0), cancelled(0, 1)], "nothing"),
        ([labelled(1), cancelled(0, 1)], "queue"),
        ([retried(0, 1), cancelled(0, 2)], "nothing"),
        ([retried(0, 2), cancelled(0, 1)], "queue"),
        ([retried(0, 1), stopped(1)], "nothing"),
        ([labelled(0), cancelled(1, 1, role=Role.STRANGER)], "queue"),
        ([cancelled(0, 1), retried(1, 2), labelled(0)], "queue"),
    ],
)
def test_an_issue_without_a_task(events: list[Event], expected: str) -> None:
    """Only what a writer asked for, and nothing took back, starts a task."""
    assert says(standing([shown(), *events])) == expected


@pytest.mark.parametrize("state", [State.IN_REVIEW, State.FAILED, State.NO_CHANGE, State.CANCELLED, State.DONE])
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (labelled(0), "nothing"),
        (labelled(-50), "nothing"),
        (labelled(1), "nothing"),  # the label of the issue and that of its event
        (labelled(2), "nothing"),
        (labelled(3), "queue"),
        (retried(0, 5), "nothing"),
        (retried(1, 5), "queue"),
        (retried(-1, 5), "nothing"),
        (retried(-1, None), "queue"),  # the operator's, by a clock that is behind GitHub's
        (edited(5, "Soon."), "nothing"),
    ],
)
def test_an_approval_starts_a_task_once(state: State, event: Event, expected: str) -> None:
    """What was followed already starts nothing again, however its attempt ended."""
    assert says(standing([known(state), shown(), event])) == expected


@pytest.mark.parametrize("event", [labelled(60), retried(60, 9), edited(60, "Soon."), retried(60, None)])
def test_nothing_starts_a_task_that_runs(event: Event) -> None:
    assert says(standing([known(State.RUNNING), shown(), event])) == "nothing"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (labelled(0), "nothing"),
        (labelled(-1), "nothing"),
        (labelled(1), "confirm"),
        (labelled(1, SECOND), "queue"),
        (labelled(0, SECOND), "queue"),
        (retried(5, 7), "confirm"),
        (retried(5, 7, more=True), "queue"),
        (retried(-5, 7, SECOND), "nothing"),
        (edited(5, "Soon."), "queue"),
        (edited(5, "Please."), "nothing"),
        (edited(-1, "Soon."), "nothing"),
        (edited(0, "Soon."), "queue"),
        (edited(5, "Soon.", role=Role.STRANGER), "nothing"),
    ],
)
def test_a_task_that_waits(event: Event, expected: str) -> None:
    """The same text is only confirmed, another one replaces it, an older one changes nothing."""
    assert says(standing([known(), shown(SECOND), event])) == expected


def test_what_is_queued_differs_by_its_comments_or_its_priority() -> None:
    """A writer's new comment and a label for the priority are part of what a repeated label approves."""
    word = (SnapshotComment(author="ada", body="Mind the time zones."),)
    assert says(standing([known(), replace(shown(), comments=word), labelled(5)])) == "queue"
    assert says(standing([known(), replace(shown(), priority=Priority.HIGH), labelled(5)])) == "queue"
    assert standing([known(), replace(shown(), priority=Priority.HIGH), labelled(5)]).priority is Priority.HIGH


def test_of_two_texts_of_one_second_the_one_that_github_shows_counts() -> None:
    """GitHub's times have whole seconds."""
    assert says(standing([known(text=FIRST), shown(FIRST), labelled(0, SECOND)])) == "nothing"
    assert says(standing([known(text=FIRST), shown(SECOND), labelled(0, SECOND)])) == "queue"
    assert says(standing([known(text=FIRST, edited_at=5), shown(FIRST), edited(5, SECOND.body)])) == "nothing"
    assert says(standing([known(text=FIRST, edited_at=5), shown(SECOND), edited(5, SECOND.body)])) == "queue"


@pytest.mark.parametrize("edit", [edited(4, SECOND.body), edited(3, SECOND.body)])
def test_an_edit_that_comes_after_a_later_one_changes_nothing(edit: Edited) -> None:
    assert says(standing([known(edited_at=5), shown(FIRST), edit])) == "nothing"


@pytest.mark.parametrize("waits", [{"failure": FailureKind.STALLED}, {"not_before": at(90)}])
def test_a_task_that_is_tried_again_later_starts_at_once_only_for_a_new_request(waits: dict[str, Any]) -> None:
    """The label that approved it, told a second time, is no new request."""
    assert says(standing([known(**waits), shown(), labelled(1)])) == "nothing"
    assert says(standing([known(**waits), shown(), labelled(60)])) == "queue"
    assert says(standing([known(**waits), shown(), retried(60, 3)])) == "queue"


def test_a_task_that_came_back_without_a_time_was_approved_before_it_came_back() -> None:
    back = known(State.IN_REVIEW, approved=None)
    assert says(standing([back, shown(), labelled(-98)])) == "nothing"
    assert says(standing([back, shown(), labelled(-97)])) == "queue"
    assert approved_at(task(State.CANCELLED, approved=None)) is None


# -- which text counts


def test_the_text_is_that_of_the_event() -> None:
    """Whatever the issue says by now."""
    assert text_of(standing([shown(EVIL, writer=False), labelled(0, FIRST)])) == FIRST


@pytest.mark.parametrize(
    ("updated", "writer", "stale"), [(1, False, False), (2, False, True), (2, True, False), (600, True, False)]
)
def test_a_text_that_may_have_changed_since_is_stale(updated: float, writer: bool, stale: bool) -> None:
    """Polling finds the label and not the text: it counts only if no one but writers could have changed it."""
    found = standing([shown(SECOND, updated=updated, writer=writer), labelled(0, None)])
    assert found.approval is not None
    assert (found.approval.text, found.approval.is_stale) == (SECOND, stale)


def test_the_delivery_heals_what_polling_could_not_know() -> None:
    """It comes after all, with the text; another label, or the same without the text, does not."""
    stale = known(State.FAILED, EVIL, failure=FailureKind.SNAPSHOT_STALE)
    here = shown(EVIL, updated=600, writer=False)
    assert says(standing([stale, here, labelled(1, FIRST)])) == "queue"
    assert text_of(standing([stale, here, labelled(1, FIRST)])) == FIRST
    assert says(standing([stale, here, labelled(1, None)])) == "nothing"
    assert says(standing([stale, here, labelled(-3, FIRST)])) == "nothing"
    assert says(standing([known(State.FAILED, failure=FailureKind.STALLED), here, labelled(1, FIRST)])) == "nothing"


def test_who_corrects_the_title_does_not_approve_the_body() -> None:
    """Only the part that the writer touched is new."""
    found = standing([known(), shown(Text(title="Mend it", body=EVIL.body)), edited(5, None, title="Mend it")])
    assert text_of(found) == Text(title="Mend it", body=FIRST.body)


def test_an_edit_keeps_the_time_of_the_approval() -> None:
    """It changes what was asked for, and not when."""
    found = standing([known(overrides=MORE), shown(SECOND), edited(5, SECOND.body)]).approval
    assert found is not None
    assert (found.at, found.edited_at, found.by, found.overrides) == (at(0), at(5), "ada", MORE)


@pytest.mark.parametrize("before", [Known(stopped_at=at(6)), Known(cancelled_at=at(5), command=3)])
def test_an_edit_before_a_stop_changes_nothing_after_it(before: Known) -> None:
    """The task was approved anew since, with the text that it had then."""
    record = replace(before, task=task(approved=4))
    assert says(standing([record, shown(SECOND), edited(5, SECOND.body)])) == "nothing"
