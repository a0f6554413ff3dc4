"""When work may start that is blocked by other issues, in both modes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.checks import CheckStanding
from bot.core.facts import Actor, IssueFacts
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.stacking import BlockerState, DependencyMode, blocker_state, is_merged, is_met
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 3, 1, tzinfo=UTC)
VERIFIED = ShortVerdict(standing=CheckStanding.VERIFIED, commands=("make test",))
UNVERIFIED = ShortVerdict(standing=CheckStanding.NOT_VERIFIED, commands=("make test",))
WITHOUT_CHECKS = ShortVerdict(standing=CheckStanding.NOT_VERIFIED)
FAILED = ShortVerdict(standing=CheckStanding.VERIFIED, failed=FailureKind.DIFF_TOO_LARGE)
OPEN, PUBLISHED, COMPLETED = BlockerState.OPEN, BlockerState.PUBLISHED, BlockerState.COMPLETED


def task(state: State, verdict: ShortVerdict | None = VERIFIED, pull_request: int | None = 9) -> Task:
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 3),
        state=state,
        snapshot=Snapshot(title="x", body=""),
        verdict=verdict,
        pull_request=pull_request,
        created_at=NOW,
        updated_at=NOW,
    )


def facts(*, is_open: bool, reason: str | None = None) -> IssueFacts:
    return IssueFacts(
        number=3,
        title="x",
        body="",
        is_open=is_open,
        author=Actor(login="ada", id=1),
        labels=frozenset(),
        comments=0,
        updated_at=NOW,
        state_reason=reason,
    )


@pytest.mark.parametrize(
    ("on_github", "known", "expected"),
    [
        (facts(is_open=True), None, OPEN),
        (facts(is_open=False, reason="completed"), None, COMPLETED),
        (facts(is_open=False), None, COMPLETED),
        (facts(is_open=False, reason="not_planned"), None, OPEN),
        (facts(is_open=False, reason="not_planned"), task(State.IN_REVIEW), PUBLISHED),
        (facts(is_open=True), task(State.DONE), COMPLETED),
        (None, task(State.IN_REVIEW), PUBLISHED),
        (None, task(State.IN_REVIEW, verdict=None), PUBLISHED),
        (None, task(State.IN_REVIEW, verdict=WITHOUT_CHECKS), PUBLISHED),
        (None, task(State.IN_REVIEW, verdict=UNVERIFIED), OPEN),
        (None, task(State.IN_REVIEW, verdict=FAILED), OPEN),
        (None, task(State.IN_REVIEW, pull_request=None), OPEN),
        *((None, task(state), OPEN) for state in State if state not in {State.IN_REVIEW, State.DONE}),
    ],
)
def test_how_far_a_blocker_is(on_github: IssueFacts | None, known: Task | None, expected: BlockerState) -> None:
    assert blocker_state(on_github, known) is expected


@pytest.mark.parametrize("state", [None, *State])
def test_what_work_stands_on_is_merged_or_still_there(state: State | None) -> None:
    """One that was closed is not merged. A base without a task has nothing more to come."""
    assert is_merged(None if state is None else task(state)) is (state in {None, State.DONE})


@pytest.mark.parametrize("mode", DependencyMode)
@pytest.mark.parametrize("same", [True, False], ids=["same repository", "another one"])
def test_only_a_stack_of_one_repository_starts_before_the_merge(mode: DependencyMode, same: bool) -> None:
    starts = mode is DependencyMode.STACK and same
    assert is_met(PUBLISHED, mode, same_repository=same) is starts
    assert is_met(COMPLETED, mode, same_repository=same)
    assert not is_met(OPEN, mode, same_repository=same)
