"""What GitHub holds of a task makes the task again; what somebody forged makes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.checks import CheckStanding
from bot.core.facts import Actor, PullRequestFacts
from bot.core.failures import FailureKind
from bot.core.messages import (
    add_marker,
    pull_request_marker,
    read_status,
    status_record,
)
from bot.core.rebuild import is_ahead, own_pull_request
from bot.core.record_fields import UnreadableRecord
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.task_record import read_record
from bot.core.tasks import MergedInto, MergeReach, Snapshot, State
from tests.core.records import ANY_JSON, ATTEMPT, ISSUE, ME, NOW, PULL, TASK, TEXT, again, came_back, said

VERDICT = ShortVerdict(
    standing=CheckStanding.NOT_VERIFIED, commands=("tox", "a<!--b-->"), fails=True, reason="no tox", tests=3
)


@pytest.mark.parametrize("state", [state for state in State if state is not State.RUNNING])
def test_a_task_comes_back_in_its_state(state: State) -> None:
    task = replace(TASK, state=state, failure=FailureKind.STALLED if state is State.FAILED else None)

    assert came_back(task) == task


@pytest.mark.parametrize("reached", MergeReach)
def test_where_it_was_merged_comes_back(reached: MergeReach) -> None:
    merged = MergedInto(IssueRef(ISSUE.repository, 2), reached)
    known = replace(TASK, state=State.DONE, merged_into=merged)
    assert came_back(known) == known


@pytest.mark.parametrize("failure", FailureKind)
def test_every_failure_comes_back(failure: FailureKind) -> None:
    task = replace(TASK, state=State.FAILED, failure=failure, pull_request=None)

    assert came_back(task) == task


def test_attempts_come_back() -> None:
    assert read_record(said(TASK, ATTEMPT), ISSUE).rows == (ATTEMPT,)


def test_only_the_last_attempts_are_recorded_and_read() -> None:
    many = [replace(ATTEMPT, number=number) for number in range(1, 100)]

    assert [row.number for row in read_record(said(TASK, *many), ISSUE).rows] == list(range(70, 100))


def test_an_attempt_that_still_runs_is_not_recorded() -> None:
    assert read_record(said(TASK, replace(ATTEMPT, finished_at=None)), ISSUE).rows == ()


def test_a_running_task_is_queued_again() -> None:
    """Its lease was in the ledger that is gone."""
    task = replace(TASK, state=State.RUNNING, pull_request=None)

    assert came_back(task) == replace(task, state=State.QUEUED)


def test_a_queued_task_keeps_when_it_is_tried_again() -> None:
    task = replace(TASK, state=State.QUEUED, failure=FailureKind.API_UNAVAILABLE, not_before=NOW + timedelta(hours=1))

    assert came_back(task) == task


def test_a_queued_task_whose_text_changed_needs_a_new_approval() -> None:
    changed = replace(TEXT, body="Something else.")
    task = came_back(replace(TASK, state=State.QUEUED), text=changed)

    assert (task.state, task.failure) == (State.FAILED, FailureKind.SNAPSHOT_STALE)


def test_a_task_that_is_over_takes_the_present_text_with_its_approval() -> None:
    changed = Snapshot(title="New", body="Something else.")

    assert came_back(TASK, text=changed).snapshot == replace(changed, approved_by="ada", approved_at=NOW)


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_a_pull_request_that_the_record_does_not_know_is_newer(state: State) -> None:
    task = came_back(replace(TASK, state=state, pull_request=None), pull=PULL)

    assert (task.state, task.pull_request) == (State.IN_REVIEW, 12)


def test_a_task_that_is_queued_again_after_its_pull_request_stays_queued() -> None:
    assert came_back(replace(TASK, state=State.QUEUED), pull=PULL).state is State.QUEUED


def test_a_pull_request_alone_makes_a_task_in_review() -> None:
    found = again(None, PULL)

    assert found is not None
    assert (found.task.state, found.task.pull_request, found.shows) == (State.IN_REVIEW, 12, True)
    assert again(None) is None


@pytest.mark.parametrize(
    "strange",
    [
        replace(PULL, same_repository=False),
        replace(PULL, author=Actor(login="mallory", id=6)),
        replace(PULL, author=None),
        replace(PULL, body="Done."),
        replace(PULL, body=f"{PULL.body}\n\nand more"),
        replace(PULL, body=add_marker("Done.", pull_request_marker(IssueRef("octo/tools", 8)))),
        replace(PULL, head_branch="auto/70"),
    ],
    ids=["fork", "stranger", "nobody", "no tag", "tag inside", "another issue's tag", "another branch"],
)
def test_another_persons_pull_request_is_not_ours(strange: PullRequestFacts) -> None:
    assert own_pull_request([strange], ISSUE, ME, branch="auto/7") is None
    assert own_pull_request([strange, PULL], ISSUE, ME, branch="auto/7") == PULL


def test_a_record_of_version_1_is_read() -> None:
    old = said()
    for name in ("automatic_retries", "not_before", "created_at", "updated_at", "rows"):
        del old[name]
    record = read_record(old | {"version": 1}, ISSUE)

    assert (record.state, record.attempts, record.rows, record.updated_at) == (State.IN_REVIEW, 2, (), None)


def with_each(name: str, *values: Any) -> list[tuple[str, Any]]:
    return [(name, value) for value in values]


def overrides(name: str, *values: Any) -> list[Any]:
    return [said()["overrides"] | {name: value} for value in values]


def rows() -> list[Any]:
    """One row with an absurd value in each of its places."""
    (row,) = said(TASK, ATTEMPT)["rows"]
    absurd: list[Any] = [-1, 10**30, float("nan"), "1", True, []]
    return [[[*row[:at], value, *row[at + 1 :]]] for at in range(len(row)) for value in absurd]


ABSURD: list[tuple[str, Any]] = [
    *with_each("version", 0, 5, "2", True, None),
    *with_each("issue", "octo/tools#8", "Octo/tools#7", None, 7),
    *with_each("state", "QUEUED", "approved", None, 1, [], {}),
    *with_each("failure", "none", "", 1, []),
    *with_each("priority", -1, 3, 1.0, True, "1", None),
    *with_each("attempts", -1, 10**9, 1.5, True, "1", None, float("nan"), float("inf")),
    *with_each("automatic_retries", -1, 10**9, None),
    *with_each("pushed", "A" * 40, "a" * 39, "a" * 41, "--upload-pack=x", "", 1, "a" * 40 + "\n"),
    *with_each("pull_request", 0, -1, 10**12, True, "12", None),
    *with_each("overrides", None, [], {}, {"turns": 1}),
    *with_each("overrides", *overrides("turns", 0, 501, True, "9", 1e9)),
    *with_each("overrides", *overrides("budget_usd", 0, -1, 1001, float("inf"), "2", True)),
    *with_each("overrides", *overrides("model", "", "x" * 101, "a\nb", "é", 1)),
    *with_each("overrides", *overrides("fresh", None, 1, "yes")),
    ("overrides", said()["overrides"] | {"sandbox": "off"}),
    *with_each("approved_by", None, 1, "a\n", "x" * 101),
    *with_each("approved_at", "", "2026-01-31", "2026-01-31T08:30:00", "9999-12-31T23:59:59-12:00", 1),
    *with_each("updated_at", None, "now", "0001-01-01T00:00:00+14:00", 1e12),
    *with_each("snapshot", None, "", "z" * 64, "a" * 63, 1),
    *with_each("blockers", None, {}, "x", [["octo/zoo#3"]], [["octo/zoo#3", 1]], [["3", True]], [[3, True]]),
    ("blockers", [["octo/zoo#3", True]] * 201),
    ("blockers", [[f"{'x' * 300}/zoo#3", True]]),
    *with_each("questions", None, {}, "x", [1], [None], ["x" * 301], ["x"] * 21),
    *with_each("answers", None, {}, "x", ["1"], [0], [-1], [True], [2**54], [1] * 101),
    *with_each("rows", None, {}, [[]], [None], said(TASK, ATTEMPT)["rows"] * 2),
    *with_each("rows", *rows()),
]


def is_readable(name: str, value: Any) -> bool:
    try:
        read_record(said(TASK, ATTEMPT) | {name: value}, ISSUE)
    except UnreadableRecord:
        return False
    return True


@pytest.mark.parametrize("name", sorted({name for name, _ in ABSURD}))
def test_an_absurd_value_spoils_the_record(name: str) -> None:
    assert [value for each, value in ABSURD if each == name and is_readable(name, value)] == []


@pytest.mark.parametrize("name", list(said()))
def test_a_missing_field_spoils_the_record(name: str) -> None:
    with pytest.raises(UnreadableRecord):
        read_record({key: value for key, value in said().items() if key != name}, ISSUE)


def test_another_issues_record_is_refused() -> None:
    with pytest.raises(UnreadableRecord, match="another issue"):
        read_record(said(), IssueRef("octo/tools", 8))


@pytest.mark.parametrize("depth", [100, 30_000])
@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_deep_json_is_no_record(bracket: str, depth: int) -> None:
    assert read_status(f"x\n\n<!-- nightshift:status {bracket * depth} -->") is None


@given(st.sampled_from(sorted(said())), ANY_JSON)
def test_whatever_is_put_into_a_record_it_is_read_or_refused(name: str, value: Any) -> None:
    """And what is read can be written down: nothing else is raised, here or by the ledger's own record."""
    try:
        record = read_record(json.loads(json.dumps(said(TASK, ATTEMPT) | {name: value})), ISSUE)
    except UnreadableRecord:
        return
    found = again(record)
    assert found is not None
    status_record(found.task, found.attempts)


def test_an_older_ledger_is_behind_and_the_present_one_is_not() -> None:
    record = read_record(said(), ISSUE)

    assert not is_ahead(record, TASK)
    assert is_ahead(record, replace(TASK, updated_at=NOW - timedelta(seconds=1)))
    assert is_ahead(record, replace(TASK, attempts=1))
    assert is_ahead(record, replace(TASK, pull_request=None))
    assert not is_ahead(record, replace(TASK, updated_at=NOW + timedelta(days=1), attempts=3))
    assert not is_ahead(record, replace(TASK, updated_at=NOW - timedelta(days=1), attempts=3)), "a clock was set back"
