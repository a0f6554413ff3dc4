"""What happens to a task when its issue or its pull request changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.effects import Effect, Move, Prioritize, Settle, ShowStatus
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.stacking import BlockerState
from bot.core.task_rules import cancel, follow_pull_request, prioritize, withdraw
from bot.core.tasks import MergedInto, MergeReach, Priority, Snapshot, State, Task

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ISSUE = IssueRef("octo/clock", 3)
A_MINUTE = timedelta(minutes=1)


def task(state: State, approved_at: datetime | None = NOW) -> Task:
    snapshot = Snapshot(title="x", body="", approved_at=approved_at)
    return Task(id=1, issue=ISSUE, state=state, snapshot=snapshot, created_at=NOW, updated_at=NOW)


def target(effects: list[Effect]) -> State | None:
    moves = [each.target for each in effects if isinstance(each, Move)]
    return moves[0] if moves else None


STOPPABLE = {State.QUEUED, State.RUNNING, State.FAILED}


@pytest.mark.parametrize("state", State)
def test_what_waits_runs_or_failed_stops(state: State) -> None:
    """A withdrawn approval is void; a cancelled one stays on record, so that the same label starts nothing."""
    ends = ((withdraw(task(state), "gone"), True, ""), (cancel(task(state), "gone", actor="ada"), False, "ada"))
    for effects, withdrawn, actor in ends:
        moved = Move(
            issue=ISSUE,
            source=state,
            target=State.CANCELLED,
            failure=FailureKind.CANCELLED,
            detail="gone",
            withdrawn=withdrawn,
            actor=actor,
        )
        assert effects == ([moved, ShowStatus(ISSUE)] if state in STOPPABLE else [])
    assert cancel(None, "gone", actor="ada") == []


@pytest.mark.parametrize("state", State)
def test_only_what_waits_changes_its_priority(state: State) -> None:
    changed = [Prioritize(ISSUE, Priority.HIGH), ShowStatus(ISSUE)] if state is State.QUEUED else []
    assert prioritize(task(state), Priority.HIGH) == changed
    assert prioritize(task(state), Priority.NORMAL) == []
    assert prioritize(None, Priority.HIGH) == []


@pytest.mark.parametrize("state", State)
def test_a_merge_ends_what_neither_waits_nor_runs(state: State) -> None:
    ended = follow_pull_request(task(state), is_open=False, merged_at=NOW)
    expected = None if state in {State.QUEUED, State.RUNNING, State.DONE} else State.DONE
    assert target(ended) is expected
    assert (Settle(ISSUE, BlockerState.COMPLETED) in ended) is (expected is not None)


@pytest.mark.parametrize(
    ("reached", "blocks"),
    [
        (None, BlockerState.COMPLETED),
        (MergeReach.DEFAULT, BlockerState.COMPLETED),
        (MergeReach.BRANCH, BlockerState.OPEN),
        (MergeReach.LATE, BlockerState.OPEN),
    ],
)
@pytest.mark.parametrize("is_revised", [True, False])
def test_a_merge_into_another_part_completes_nothing_before_that_is_merged(
    reached: MergeReach | None, blocks: BlockerState, is_revised: bool
) -> None:
    merged = MergedInto(IssueRef("octo/clock", 2), reached) if reached is not None else None
    known = task(State.QUEUED if is_revised else State.IN_REVIEW)
    ended = follow_pull_request(known, is_open=False, merged_at=NOW, is_revised=is_revised, merged_into=merged)
    moved = [each for each in ended if isinstance(each, Move)][-1]
    assert (moved.target, moved.merged_into) == (State.DONE, merged)
    assert Settle(ISSUE, blocks) in ended


@pytest.mark.parametrize("state", [State.FAILED, State.IN_REVIEW, State.CANCELLED])
def test_a_merge_does_not_end_what_was_approved_after_it(state: State) -> None:
    """Unless that was cancelled again: then the merge counts."""
    later = task(state, NOW + A_MINUTE)
    ended = target(follow_pull_request(later, is_open=False, merged_at=NOW))
    assert ended is (State.DONE if state is State.CANCELLED else None)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("completed", [True, False])
def test_a_pull_request_that_is_open_or_closed(state: State, completed: bool) -> None:
    """Closed unmerged, what waits for the issue goes on only if the issue itself is completed."""
    opened = follow_pull_request(task(state), is_open=True, merged_at=None)
    assert target(opened) is (State.IN_REVIEW if state in {State.CLOSED, State.CANCELLED} else None)
    closed = follow_pull_request(task(state), is_open=False, merged_at=None, issue_completed=completed)
    closes = state in {State.IN_REVIEW, State.CANCELLED}
    assert target(closed) is (State.CLOSED if closes else None)
    settled = BlockerState.COMPLETED if completed else BlockerState.OPEN
    assert (Settle(ISSUE, settled) in closed) is closes


def test_a_pull_request_without_a_task_changes_nothing() -> None:
    assert follow_pull_request(None, is_open=False, merged_at=NOW) == []
