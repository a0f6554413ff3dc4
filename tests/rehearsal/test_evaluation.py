"""GitHub is the record: the ledger has to agree with what it shows, and is never asked what is right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task
from bot.rehearsal.evaluation import compare_with_ledger
from bot.rehearsal.github.records import Issue
from bot.rehearsal.observation import Observation
from tests.rehearsal.as_documented import status

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ISSUE = Issue(id=1, number=3, title="Fix it", body="", author="ada", created_at=NOON, updated_at=NOON)
SEEN = Observation(issue=ISSUE, repository="octo/clock", comments=(status(),))


def task(state: State = State.IN_REVIEW, failure: FailureKind | None = None) -> Task:
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 3),
        state=state,
        failure=failure,
        detail="no example" if failure else "",
        snapshot=Snapshot(title="Fix it", body=""),
        created_at=NOON,
        updated_at=NOON,
    )


def test_the_ledger_has_to_agree_with_github() -> None:
    """What counts is what people see; a ledger that says anything else is unexpected."""
    failed = task(State.FAILED, FailureKind.TASK_BLOCKED)
    untouched = replace(SEEN, comments=())

    assert list(compare_with_ledger(SEEN, task())) == []
    assert list(compare_with_ledger(untouched, None)) == []
    assert list(compare_with_ledger(SEEN, failed)) == [
        "the ledger says failed (task_blocked: no example), not in_review"
    ]
    assert list(compare_with_ledger(SEEN, None)) == ["the ledger has no such task, which is in_review"]
    assert list(compare_with_ledger(untouched, task())) == [
        "the ledger has a task, which is in_review, and GitHub shows nothing of it"
    ]
