"""The table of moves between the states of a task."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import ACTIVE, MOVES, Blocker, Snapshot, State, Task, may_move

NOW = datetime(2026, 1, 31, tzinfo=UTC)


@pytest.mark.parametrize("state", State)
def test_every_state_stands_in_the_table(state: State) -> None:
    """And none moves to itself."""
    assert not may_move(state, state)
    assert MOVES[state] <= set(State)


@pytest.mark.parametrize("state", State)
def test_no_state_is_a_trap(state: State) -> None:
    """From each one the task can be queued again, at the latest after the session that runs has ended."""
    assert state is State.QUEUED or may_move(state, State.QUEUED)


@pytest.mark.parametrize("target", State)
def test_only_a_queued_task_starts(target: State) -> None:
    """A claim is the one way into `running`."""
    assert may_move(target, State.RUNNING) == (target is State.QUEUED)


@pytest.mark.parametrize("state", sorted(ACTIVE))
def test_what_waits_or_runs_can_be_cancelled(state: State) -> None:
    """By taking the label off, at any time."""
    assert may_move(state, State.CANCELLED)


def test_a_task_waits_for_its_unmet_blockers() -> None:
    """Blocked is derived, never stored."""
    met, unmet = IssueRef("octo/tools", 1), IssueRef("octo/tools", 2)
    task = Task(
        id=1,
        issue=IssueRef("octo/tools", 7),
        state=State.QUEUED,
        snapshot=Snapshot(title="A title", body=""),
        blockers=(Blocker(issue=met, met=True), Blocker(issue=unmet)),
        created_at=NOW,
        updated_at=NOW,
    )

    assert task.unmet == (unmet,)
    assert replace(task, blockers=()).unmet == ()
