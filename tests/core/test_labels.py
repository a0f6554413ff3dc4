"""The labels of a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.labels import STATE_LABELS, LabelSet, priority
from bot.core.references import IssueRef
from bot.core.tasks import Blocker, Priority, Snapshot, State, Task

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.QUEUED,
    snapshot=Snapshot(title="A title", body=""),
    created_at=NOW,
    updated_at=NOW,
)


@pytest.mark.parametrize("state", State)
def test_each_state_has_one_label_or_is_over(state: State) -> None:
    """A label says that somebody has to wait or to act; what is over needs none."""
    label = LabelSet().state_label(replace(TASK, state=state))

    over = {State.DONE, State.NO_CHANGE, State.CANCELLED, State.CLOSED}
    assert (label is None) == (state in over)
    assert label is None or label in STATE_LABELS


def test_a_queued_task_that_waits_for_another_is_blocked() -> None:
    """Until the other one is dealt with."""
    blocker = Blocker(issue=IssueRef("octo/tools", 3))

    assert LabelSet().state_label(replace(TASK, blockers=(blocker,))) == "auto:blocked"
    assert LabelSet().state_label(replace(TASK, blockers=(replace(blocker, met=True),))) == "auto:queued"
    assert LabelSet().state_label(replace(TASK, state=State.FAILED, blockers=(blocker,))) == "auto:failed"


def test_the_labels_follow_the_trigger() -> None:
    """Who calls the label `night` gets `night:running`."""
    labels = LabelSet("night")

    assert labels.trigger == "night"
    assert labels.state_label(replace(TASK, state=State.RUNNING)) == "night:running"
    assert {label.name for label in labels.all} == {labels.trigger, labels.high, labels.low, *labels.states}
    assert labels.label("night:running").name == "night:running"


def test_github_takes_every_label() -> None:
    """Six hexadecimal digits, and at most a hundred characters to say what it means."""
    assert len(LabelSet().all) == 8
    for label in LabelSet().all:
        assert len(label.color) == 6
        assert int(label.color, 16) >= 0
        assert 0 < len(label.description) <= 100


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"auto"}, Priority.NORMAL),
        ({"auto", "auto:high"}, Priority.HIGH),
        ({"AUTO:High"}, Priority.HIGH),
        ({"auto:low", "bug"}, Priority.LOW),
        ({"auto:low", "auto:high"}, Priority.HIGH),
    ],
)
def test_labels_give_the_priority(names: set[str], expected: Priority) -> None:
    """GitHub's labels ignore case."""
    assert priority(names) is expected
