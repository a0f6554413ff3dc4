"""When work may start that is blocked by other issues, in both modes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.checks import CheckStanding
from bot.core.facts import Actor, IssueFacts
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.stacking import (
    MERGED,
    Apart,
    BlockerState,
    Chosen,
    DependencyMode,
    StackedOn,
    blocker_state,
    choose_branches,
    is_merged,
    is_met,
    read_parts,
    write_parts,
)
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


def issue(number: int) -> IssueRef:
    return IssueRef("octo/clock", number)


def numbered(number: int, state: State = State.IN_REVIEW, pushed: str | None = None) -> Task:
    return replace(task(state), issue=issue(number), pushed=pushed)


@pytest.mark.parametrize(
    ("here", "lower", "chosen", "with_default"),
    [
        ([], {}, [], False),
        ([1], {}, [], False),  # it was merged
        ([1], {1: []}, [1], False),
        ([1, 2], {1: [], 2: []}, [1, 2], False),
        ([1, 2], {1: [], 2: [1]}, [2], False),
        ([1, 2], {2: [1]}, [2], False),  # 1 was merged, and 2 still stands on its commits
        ([1, 2], {2: []}, [2], True),  # 1 was merged after 2 began
        ([1, 2, 3], {2: [], 3: []}, [2, 3], True),
        ([1, 2, 3], {1: [], 2: [1], 3: [1]}, [2, 3], False),
        ([2, 3], {2: [1], 3: [1]}, [2, 3], False),
        ([1, 2, 3], {1: [], 2: [1], 3: []}, [2, 3], False),
    ],
)
def test_whose_branches_work_starts_on(
    here: list[int], lower: dict[int, list[int]], chosen: list[int], with_default: bool
) -> None:
    """One that holds the work of all, else those on which no other stands. What they lack is in the default branch."""
    under = {issue(number): [issue(each) for each in below] for number, below in lower.items()}
    found = choose_branches([issue(each) for each in here], [numbered(each) for each in lower], under)
    assert found == Chosen(tuple(numbered(each) for each in chosen), with_default)


ONE = StackedOn(issue(3), "a")
TWO = StackedOn(issue(3), "merge", ((issue(3), "a"), (issue(4), "b")))


@pytest.mark.parametrize(
    ("on", "bases", "news"),
    [
        (ONE, [numbered(3, pushed="a")], {}),
        (ONE, [numbered(3, pushed="c")], {3: "c"}),
        (ONE, [numbered(3, State.RUNNING, pushed="c")], {}),  # its attempt has not ended
        (ONE, [numbered(3, State.DONE, pushed="c")], {3: MERGED}),
        (ONE, [numbered(3, State.CLOSED, pushed="c")], {}),
        (ONE, [], {3: MERGED}),
        (TWO, [numbered(3, pushed="a"), numbered(4, pushed="b")], {}),
        (TWO, [numbered(3, pushed="a"), numbered(4, pushed="c")], {4: "c"}),
        (TWO, [numbered(3, pushed="c"), numbered(4, State.DONE)], {3: "c", 4: MERGED}),
    ],
)
def test_what_became_of_what_work_stands_on(on: StackedOn, bases: list[Task], news: dict[int, str]) -> None:
    found = on.find_news({each.issue: each for each in bases})
    assert {each.number: onto for each, onto in found.items()} == news


def test_what_is_left_once_a_part_is_merged() -> None:
    assert ONE.without({issue(3)}) is TWO.without({issue(3), issue(4)}) is None
    assert TWO.without({issue(3)}) == StackedOn(issue(4), "merge", ((issue(4), "b"),))
    assert TWO.without({issue(4)}) == StackedOn(issue(3), "merge", ((issue(3), "a"),))
    assert TWO.moved_to(issue(2), [issue(4)]) == StackedOn(issue(4), "merge", ((issue(2), "a"), (issue(4), "b")))
    assert ONE.moved_to(issue(2), []) == StackedOn(issue(2), "a")


@pytest.mark.parametrize(
    ("there", "now", "is_in_place"),
    [
        ([3, 4], {}, True),
        ([3], {4: "b"}, True),
        ([3], {4: "c"}, False),
        ([], {4: "b"}, False),  # 3 was squashed
        ([4], {3: "a"}, True),
    ],
)
def test_after_merge_commits_nothing_has_to_move(there: list[int], now: dict[int, str], is_in_place: bool) -> None:
    heads = {issue(number): commit for number, commit in now.items()}
    assert TWO.is_in_place([issue(each) for each in there], heads) is is_in_place


def test_branches_apart_are_those_that_were_tried() -> None:
    apart = Apart(left={3: "a", 4: None}, there={3: "a", 4: "b"}, between=(3, 4))
    tried = (numbered(3, pushed="a"), numbered(4))
    assert apart.is_of(tried)
    assert not apart.is_of(tried[:1])
    assert not apart.is_of((*tried[:1], numbered(4, pushed="b")))


@pytest.mark.parametrize("parts", [(), TWO.parts])
def test_parts_are_read_as_they_were_written(parts: tuple[tuple[IssueRef, str], ...]) -> None:
    assert read_parts("octo/clock", write_parts(parts)) == parts
