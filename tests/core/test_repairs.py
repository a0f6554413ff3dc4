"""When Nightshift repairs its own pull request, and when it leaves it to people: one table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.attempts import Purpose
from bot.core.ci_results import CiResult, CiState
from bot.core.effects import NoteRepaired, QueueRepair, Reply, ShowStatus
from bot.core.facts import PullRequestFacts
from bot.core.references import IssueRef
from bot.core.repairs import is_repairable, repair_checks, resolve_conflict
from bot.core.revision import NO_REPAIRS, Repairs
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
ISSUE, HEAD = IssueRef("octo/clock", 4), "a" * 40
TASK = Task(
    id=1,
    issue=ISSUE,
    state=State.IN_REVIEW,
    snapshot=Snapshot(title="Tell the time", body=""),
    pushed=HEAD,
    pull_request=5,
    created_at=NOW,
    updated_at=NOW,
)
PULL = PullRequestFacts(number=5, body="", head_branch="auto/4", is_open=True, merged_at=None, head=HEAD, base="main")
CONFLICT = replace(PULL, mergeable=False)
FAILING = (CiResult(name="test", reporter="github-actions", state=CiState.FAILED),)


def test_failing_checks_start_a_repair() -> None:
    wanted = [QueueRepair(issue=ISSUE, pull_request=5, purpose=Purpose.REPAIR, head=HEAD), ShowStatus(ISSUE)]
    assert repair_checks(TASK, PULL, FAILING, NO_REPAIRS) == wanted
    assert repair_checks(TASK, PULL, FAILING, Repairs(checks=1, checked="b" * 40)) == wanted


def test_a_conflict_starts_a_rebase() -> None:
    wanted = [QueueRepair(issue=ISSUE, pull_request=5, purpose=Purpose.REBASE, head=HEAD), ShowStatus(ISSUE)]
    assert resolve_conflict(TASK, CONFLICT, NO_REPAIRS) == wanted
    assert resolve_conflict(TASK, CONFLICT, Repairs(conflicted="b" * 40)) == wanted


def test_after_two_repairs_the_pull_request_says_so_once() -> None:
    noted, reply = repair_checks(TASK, PULL, FAILING, Repairs(checks=2, checked="b" * 40))
    assert noted == NoteRepaired(issue=ISSUE, head=HEAD)
    assert isinstance(reply, Reply)
    assert reply.issue == IssueRef("octo/clock", 5)
    assert "`test`" in reply.body
    assert repair_checks(TASK, PULL, FAILING, Repairs(checks=2, checked=HEAD)) == []


@pytest.mark.parametrize("state", [state for state in State if state is not State.IN_REVIEW])
def test_only_what_is_in_review_is_repaired(state: State) -> None:
    task = replace(TASK, state=state)
    assert not is_repairable(task, PULL)
    assert repair_checks(task, PULL, FAILING, NO_REPAIRS) == []
    assert resolve_conflict(task, CONFLICT, NO_REPAIRS) == []


@pytest.mark.parametrize(
    "pull",
    [
        replace(CONFLICT, head=""),
        replace(CONFLICT, is_open=False),
        replace(CONFLICT, is_open=False, merged_at=NOW),
    ],
    ids=["no head", "closed", "merged"],
)
def test_what_people_have_in_hand_is_left_alone(pull: PullRequestFacts) -> None:
    assert repair_checks(TASK, pull, FAILING, NO_REPAIRS) == []
    assert resolve_conflict(TASK, pull, NO_REPAIRS) == []


def test_of_a_persons_commit_only_a_conflict_is_taken_up() -> None:
    """So that its files are reported."""
    pushed = replace(CONFLICT, head="c" * 40)
    reported = QueueRepair(issue=ISSUE, pull_request=5, purpose=Purpose.REBASE, head="c" * 40)

    assert repair_checks(TASK, pushed, FAILING, NO_REPAIRS) == []
    assert resolve_conflict(TASK, pushed, NO_REPAIRS) == [reported, ShowStatus(ISSUE)]
    assert resolve_conflict(TASK, pushed, Repairs(conflicted="c" * 40)) == []


def test_what_is_not_known_starts_nothing() -> None:
    assert repair_checks(TASK, PULL, None, NO_REPAIRS) == []
    assert repair_checks(TASK, PULL, (), NO_REPAIRS) == []
    assert resolve_conflict(TASK, PULL, NO_REPAIRS) == []
    assert resolve_conflict(TASK, replace(PULL, mergeable=True), NO_REPAIRS) == []


def test_a_head_is_taken_up_once() -> None:
    assert repair_checks(TASK, PULL, FAILING, Repairs(checks=1, checked=HEAD)) == []
    assert resolve_conflict(TASK, CONFLICT, Repairs(conflicted=HEAD)) == []
