"""The verdict on a change comes back with its task, from the status comment or from the pull request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from bot.core.change_size import ChangeSize
from bot.core.checks import Check, CheckStanding, Verdict
from bot.core.failures import FailureKind
from bot.core.messages import PullRequestView, pull_request_body
from bot.core.messages.markers import verdict_marker
from bot.core.public_verdict import PublicVerdict
from bot.core.ran import Ran, Result
from bot.core.record_fields import UnreadableRecord
from bot.core.short_verdict import ShortVerdict, in_short, recorded_verdict
from bot.core.task_record import read_record
from bot.core.tasks import State
from tests.core.records import ANY_JSON, ATTEMPT, ISSUE, PULL, TASK, again, came_back, said

VERDICT = ShortVerdict(
    standing=CheckStanding.NOT_VERIFIED,
    commands=("tox -e 'py'", "make | cat"),
    more=1,
    before=Result.COULD_NOT_RUN,
    fails=True,
    reason="tox: <!-- command --> not found",
    tests=3,
    flagged=True,
    size=ChangeSize(files=2, added=30, removed=4),
)
JUDGED = replace(TASK, verdict=VERDICT)
RECORDED = recorded_verdict(VERDICT)


@pytest.mark.parametrize("state", [state for state in State if state not in {State.RUNNING, State.FAILED}])
def test_a_verdict_comes_back_with_its_task(state: State) -> None:
    task = replace(JUDGED, state=state)

    assert came_back(task) == task


def test_a_record_of_before_verdicts_is_read() -> None:
    old = {name: value for name, value in said(JUDGED).items() if name != "verdict"} | {"version": 2}

    assert read_record(old, ISSUE) == replace(read_record(said(JUDGED), ISSUE), verdict=None)


def test_a_record_of_before_flaky_checks_is_read() -> None:
    old = {name: value for name, value in RECORDED.items() if name != "flaky"}

    assert read_record(said(JUDGED) | {"verdict": old}, ISSUE) == read_record(said(JUDGED), ISSUE)


def test_a_record_of_before_drafts_of_failed_work_is_read() -> None:
    old = {name: value for name, value in RECORDED.items() if name != "failed"}

    assert read_record(said(JUDGED) | {"version": 3, "verdict": old}, ISSUE) == read_record(said(JUDGED), ISSUE)


@pytest.mark.parametrize("kind", FailureKind)
def test_the_work_of_a_failure_comes_back_as_failed(kind: FailureKind) -> None:
    """Also where the ledger and the record knew nothing of the draft yet: it never counts as ready for review."""
    verdict = replace(VERDICT, failed=kind)
    shown = replace(JUDGED, state=State.FAILED, failure=kind, pull_request=12, verdict=verdict)
    draft = replace(PULL, body=PULL.body.replace("Done.", f"Done.\n\n{verdict_marker(recorded_verdict(verdict))}"))
    running = replace(TASK, state=State.QUEUED, pull_request=None)

    assert came_back(shown) == shown
    for record in (None, read_record(said(running), ISSUE)):
        found = again(record, draft)
        assert found is not None
        assert (found.task.state, found.task.failure, found.task.draft) == (State.FAILED, kind, draft.number)


def test_a_record_of_before_sizes_is_read() -> None:
    old = {name: value for name, value in RECORDED.items() if name != "size"}
    verdict = read_record(said(JUDGED) | {"verdict": old}, ISSUE).verdict

    assert verdict == replace(VERDICT, size=None)


def with_each(name: str, *values: Any) -> list[Any]:
    return [RECORDED | {name: value} for value in values]


ABSURD = [
    *([], {}, "verified", 1, RECORDED | {"more than it has": 1}),
    *(
        {name: value for name, value in RECORDED.items() if name != left_out}
        for left_out in sorted(RECORDED.keys() - {"flaky", "size", "failed"})
    ),
    *with_each("standing", "good", None, 1, []),
    *with_each("commands", None, "make", [1], ["x" * 121], ["a\nb"], ["\u202e"], ["a"] * 4),
    *with_each("before", "fine", 1, [], ""),
    *with_each("fails", 1, None, "true"),
    *with_each("flagged", 1, None, "true"),
    *with_each("flaky", 1, None, "true"),
    *with_each("failed", 1, "", "bad luck", []),
    *with_each("reason", None, 1, "x" * 201, "a\tb"),
    *with_each("more", -1, True, 1.5, "1"),
    *with_each("size", 1, [], {}, {"files": 1}, {"files": -1, "added": 1, "removed": 1}),
    *with_each("size", {"files": 1, "added": True, "removed": 1}, {"files": 1, "added": 1, "removed": 1, "more": 1}),
    *with_each("tests", -1, 10**9, True, None),
]


@pytest.mark.parametrize("value", ABSURD, ids=str)
def test_an_absurd_verdict_spoils_the_record(value: Any) -> None:
    with pytest.raises(UnreadableRecord, match="verdict"):
        read_record(said(JUDGED) | {"verdict": value}, ISSUE)


def from_pull_request(body: str) -> ShortVerdict | None:
    found = again(None, replace(PULL, body=body))
    assert found is not None
    return found.task.verdict


NOT_RUN = Ran(code=127, seconds=1, obstacle="no <!-- --> `tox`")


def test_without_a_status_comment_the_pull_request_says_it() -> None:
    """The comment may be lost, or older than the pull request."""
    verdict = PublicVerdict(Verdict(checks=(Check(command="tox", before=NOT_RUN, after=NOT_RUN),)))
    body = pull_request_body(PullRequestView(task=TASK, attempt=ATTEMPT, verdict=verdict))
    running = replace(TASK, state=State.RUNNING, pull_request=None)

    assert from_pull_request(body) == in_short(verdict)
    assert came_back(running, replace(PULL, body=body)).verdict == in_short(verdict)


@pytest.mark.parametrize("value", ABSURD, ids=str)
def test_an_absurd_verdict_in_a_pull_request_is_none(value: Any) -> None:
    assert from_pull_request(PULL.body.replace("Done.", f"Done.\n\n{verdict_marker(value)}")) is None


@given(ANY_JSON)
def test_whatever_is_put_into_a_pull_request_it_is_read_or_ignored(value: Any) -> None:
    assert from_pull_request(PULL.body.replace("Done.", f"Done.\n\n{verdict_marker(value)}")) is None


def test_a_verdict_is_read_only_right_above_the_pull_requests_own_tag() -> None:
    """Elsewhere other people's words could have it."""
    block = verdict_marker(RECORDED)

    assert from_pull_request(PULL.body.replace("Done.", f"Done.\n\n{block}")) == VERDICT
    assert from_pull_request(PULL.body.replace("Done.", f"{block}\n\nDone.")) is None
