"""The labels of a task."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.core.checks import CheckStanding
from bot.core.failures import FailureKind
from bot.core.labels import LabelSet, priority
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
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
EXPECTED = {
    State.QUEUED: "queued",
    State.RUNNING: "running",
    State.IN_REVIEW: "review",
    State.FAILED: "failed",
    State.NO_CHANGE: "nothing-to-do",
    State.CANCELLED: "cancelled",
    State.CLOSED: "cancelled",
}


@pytest.mark.parametrize("state", State)
def test_every_task_has_one_label_until_it_is_merged(state: State) -> None:
    """It says whose turn it is; a merge closes the issue."""
    label = LabelSet().state_label(replace(TASK, state=state))

    assert label == (f"auto:{EXPECTED[state]}" if state in EXPECTED else None)
    assert (label is None) == (state is State.DONE)
    assert label is None or label in {each.name for each in LabelSet().all}


@pytest.mark.parametrize("kind", FailureKind)
def test_questions_have_a_separate_label(kind: FailureKind) -> None:
    """Every other failure needs somebody who looks at what went wrong."""
    label = LabelSet().state_label(replace(TASK, state=State.FAILED, failure=kind))

    assert label == ("auto:question" if kind is FailureKind.NEEDS_INFO else "auto:failed")


@pytest.mark.parametrize("kind", FailureKind)
def test_answered_questions_have_the_label_of_a_maintainers_turn(kind: FailureKind) -> None:
    """Whose turn it is changes with the author's reply: from then on a maintainer has to confirm it."""
    label = LabelSet().state_label(replace(TASK, state=State.FAILED, failure=kind), is_answered=True)

    assert label == ("auto:answered" if kind is FailureKind.NEEDS_INFO else "auto:failed")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("standing", CheckStanding)
def test_what_is_in_review_tells_its_verdict_beside_it(state: State, standing: CheckStanding) -> None:
    """One label for each standing; elsewhere a verdict of before says nothing."""
    task = replace(TASK, state=state, verdict=ShortVerdict(standing=standing))
    label = LabelSet().state_label(task)

    verdict = {f"auto:{standing.replace(' ', '-')}"} if state is State.IN_REVIEW else set()
    assert LabelSet().labels_of(task) == ({label} if label else set()) | verdict
    assert LabelSet().labels_of(replace(task, verdict=None)) == ({label} if label else set())
    assert verdict <= LabelSet().verdicts
    assert not LabelSet().verdicts & LabelSet().states


@pytest.mark.parametrize("state", State)
def test_a_queued_task_waits_for_others_for_a_time_or_for_the_end_of_a_pause(state: State) -> None:
    """Until the other one is dealt with, the time has come, or the queue goes on; no other state is a wait."""
    blocker, task, labels = Blocker(issue=IssueRef("octo/tools", 3)), replace(TASK, state=state), LabelSet()
    free = labels.state_label(task)
    waits = "auto:waiting" if state is State.QUEUED else free

    assert labels.state_label(replace(task, blockers=(blocker,))) == waits
    assert labels.state_label(replace(task, not_before=NOW)) == waits
    assert labels.state_label(task, is_paused=True) == waits
    assert labels.labels_of(task, is_paused=True) == ({waits} if waits else set())
    assert labels.state_label(replace(task, blockers=(replace(blocker, met=True),))) == free


def test_the_labels_follow_the_trigger() -> None:
    """Who calls the label `night` gets `night:review`."""
    labels = LabelSet("night")

    assert labels.trigger == "night"
    assert labels.state_label(replace(TASK, state=State.IN_REVIEW)) == "night:review"
    named = {labels.trigger, labels.high, labels.low, labels.digest, *labels.states, *labels.verdicts}
    assert {label.name for label in labels.all} < named
    assert labels.label("night:review").name == "night:review"


def test_labels_of_before_are_known_and_not_made_any_more() -> None:
    """Earlier versions put `auto:blocked` on issues: it is taken off, and never put on."""
    assert LabelSet().states - {label.name for label in LabelSet().all} == {"auto:blocked"}
    assert "auto:blocked" in LabelSet().restored


def test_github_takes_every_label() -> None:
    """Six hexadecimal digits, and at most a hundred characters to say what it means."""
    assert len(LabelSet().all) == 16
    for label in LabelSet().all:
        assert len(label.color) == 6
        assert int(label.color, 16) >= 0
        assert 0 < len(label.description) <= 100


def test_the_file_of_labels_has_every_label() -> None:
    """For people who create them before Nightshift does."""
    file = Path(__file__).parents[2] / ".github/labels.yml"

    assert yaml.safe_load(file.read_text()) == [asdict(label) for label in LabelSet().all]


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
