"""What becomes of the remarks on an issue when it is queued."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.lint import decide_lint
from bot.core.references import IssueRef
from bot.core.tasks import Lint, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, tzinfo=UTC)


def a_task(lint: Lint, *, attempts: int = 0, state: State = State.QUEUED) -> Task:
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 4),
        state=state,
        snapshot=Snapshot(title="Improve performance", body=""),
        lint=lint,
        attempts=attempts,
        created_at=NOW,
        updated_at=NOW,
    )


def test_the_repositorys_settings_decide_about_a_new_issue() -> None:
    assert decide_lint(None, has_remarks=True, is_command=False) is None
    assert decide_lint(None, has_remarks=True, is_command=True) is None, (
        "the operator or a person has seen no remark yet"
    )


@pytest.mark.parametrize("lint", Lint)
def test_an_issue_without_remarks_has_none(lint: Lint) -> None:
    assert decide_lint(a_task(lint), has_remarks=False, is_command=False) is Lint.NONE


@pytest.mark.parametrize("lint", [Lint.SAID, Lint.WAITS])
def test_a_person_who_asks_again_accepts_it_as_it_is(lint: Lint) -> None:
    assert decide_lint(a_task(lint), has_remarks=True, is_command=True) is Lint.ACCEPTED
    assert decide_lint(a_task(lint), has_remarks=True, is_command=False) is None, "an edit or the label says nothing"


def test_what_was_accepted_stays_so_whatever_is_edited() -> None:
    assert decide_lint(a_task(Lint.ACCEPTED), has_remarks=True, is_command=False) is Lint.ACCEPTED


@pytest.mark.parametrize("lint", [Lint.NONE, Lint.SAID])
def test_a_task_that_has_run_does_not_wait(lint: Lint) -> None:
    """What was wrong with it, its failure says."""
    task = a_task(lint, attempts=1, state=State.FAILED)
    assert decide_lint(task, has_remarks=True, is_command=False) is lint


def test_only_a_queued_task_waits() -> None:
    assert a_task(Lint.WAITS).waits_for_go
    assert not a_task(Lint.WAITS, state=State.CANCELLED).waits_for_go
