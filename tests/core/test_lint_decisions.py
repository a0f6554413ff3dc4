"""What becomes of the remarks on an issue when it is queued."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.approved_text import keep_lint
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


def test_of_a_new_issue_the_remarks_are_found_later() -> None:
    assert keep_lint(None, is_command=False) is Lint.UNREAD
    assert keep_lint(None, is_command=True) is Lint.UNREAD, "the operator or a person has seen no remark yet"


@pytest.mark.parametrize("lint", [Lint.NONE, Lint.UNREAD, Lint.SAID, Lint.WAITS])
def test_a_text_that_was_edited_is_read_again(lint: Lint) -> None:
    """And so is one that is labelled again: neither says that a person saw the remarks."""
    assert keep_lint(a_task(lint), is_command=False) is Lint.UNREAD


@pytest.mark.parametrize("lint", [Lint.SAID, Lint.WAITS])
def test_a_person_who_asks_again_accepts_it_as_it_is(lint: Lint) -> None:
    assert keep_lint(a_task(lint), is_command=True) is Lint.ACCEPTED


@pytest.mark.parametrize("lint", [Lint.NONE, Lint.UNREAD])
def test_a_person_who_saw_no_remark_accepts_none(lint: Lint) -> None:
    assert keep_lint(a_task(lint), is_command=True) is Lint.UNREAD


@pytest.mark.parametrize("is_command", [True, False])
def test_what_was_accepted_stays_so_whatever_is_edited(*, is_command: bool) -> None:
    assert keep_lint(a_task(Lint.ACCEPTED), is_command=is_command) is Lint.ACCEPTED


@pytest.mark.parametrize("lint", [Lint.NONE, Lint.SAID])
def test_a_task_that_has_run_does_not_wait(lint: Lint) -> None:
    """What was wrong with it, its failure says."""
    assert keep_lint(a_task(lint, attempts=1, state=State.FAILED), is_command=False) is lint


def test_only_a_queued_task_waits() -> None:
    assert a_task(Lint.WAITS).waits_for_go
    assert not a_task(Lint.WAITS, state=State.CANCELLED).waits_for_go
