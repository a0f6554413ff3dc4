"""How often an issue was worked on and pushed is held against the faults that fired and the retries of people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.chaos.injections import FaultKind
from bot.rehearsal.chaos.issues import OPERATOR
from bot.rehearsal.chaos.plan import Circumstances, plan_for
from bot.rehearsal.chaos.sessions import match
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import BOT
from tests.rehearsal.as_documented import acknowledge
from tests.rehearsal.chaos_end import FIX, REPOSITORY, Night, request


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with SimulatedGitHub(tmp_path / "github") as github:
        yield Night(github, tmp_path)


def test_a_session_that_nothing_explains_is_reported(night: Night) -> None:
    night.session("first")
    night.session("second")
    night.is_published()
    assert night.verdict() == "octo/clock#1: 2 sessions began, and its night explains 1 of them"


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.WORKER,
        FaultKind.MACHINE,
        FaultKind.WEB,
        FaultKind.CLAUDE,
        FaultKind.GIT,
        FaultKind.GATE,
        FaultKind.DISK,
    ],
)
def test_a_fault_amid_a_session_explains_one_more(night: Night, kind: FaultKind) -> None:
    night.session("first")
    night.fires(kind)
    night.session("second")
    night.is_published()
    assert night.verdict() == ""

    night.session("third")
    assert night.verdict() == "octo/clock#1: 3 sessions began, and its night explains 2 of them"


@pytest.mark.parametrize(("kind", "most"), [(FaultKind.CLAUDE, 1), (FaultKind.GIT, 1), (FaultKind.WORKER, 2)])
def test_killing_one_process_costs_one_session(tmp_path: Path, kind: FaultKind, most: int) -> None:
    """Two issues were worked on at the time. The worker's end is that of both."""
    after = IssueRef(REPOSITORY, 2)
    with SimulatedGitHub(tmp_path / "github") as github:
        night = Night(github, tmp_path, "fix", "after")
        night.session("first")
        night.session("its first", after)
        night.fires(kind)
        night.session("second")
        night.session("its second", after)

        said = night.verdict().count("2 sessions began, and its night explains 1 of them")

    assert said == 2 - most


@pytest.mark.parametrize("kind", [FaultKind.FREEZE, FaultKind.CLOCK])
def test_a_fault_that_ends_no_session_explains_none(night: Night, kind: FaultKind) -> None:
    night.session("first")
    night.fires(kind)
    night.session("second")
    night.is_published()
    assert "2 sessions began, and its night explains 1 of them" in night.verdict()


@pytest.mark.parametrize("step", [Checkpoint.PUSH_NOTED, Checkpoint.FINISHED])
def test_a_session_is_not_repeated_once_its_end_is_on_record(night: Night, step: Checkpoint) -> None:
    """A fault that comes after that costs nothing."""
    night.session("first")
    night.takes(step)
    night.fires(FaultKind.MACHINE)
    night.session("second")
    night.is_published()
    assert "2 sessions began, and its night explains 1 of them" in night.verdict()


def test_a_fault_before_a_session_explains_none(night: Night) -> None:
    night.fires(FaultKind.WORKER)
    night.trace[0]["at"] = (datetime.now(UTC) - timedelta(seconds=3)).isoformat()
    night.session("first")
    night.session("second")
    night.is_published()
    assert "2 sessions began, and its night explains 1 of them" in night.verdict()


def test_a_second_push_is_reported(night: Night) -> None:
    """One session has one result, which goes to GitHub once."""
    night.ends_well()
    night.pushes(fix="fix\n", more="x")
    assert "octo/clock#1: its sessions explain 1 of 2 pushes to its branch" in night.verdict()


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Night]:
    """A night in which the issue asks back."""
    with SimulatedGitHub(tmp_path / "github") as github:
        night = Night(github, tmp_path, "asks")
        night.task = replace(night.task, state=State.FAILED, failure=FailureKind.NEEDS_INFO)
        night.comments()
        github.label_issue(REPOSITORY, 1, "auto:question", by=BOT)
        yield night


def test_in_a_stack_a_branch_follows_another_one_that_moved(tmp_path: Path) -> None:
    """Once for each time: git alone puts it there."""
    plan = plan_for(FaultKind.WORKER, Checkpoint.PUT_ON_TOP)
    with SimulatedGitHub(tmp_path / "github") as github:
        night = Night(github, tmp_path, "one", "two", plan=plan)
        night.session()
        night.pushes(one="one\n")
        assert "pushes to its branch" not in night.verdict()
        night.pushes(one="again\n")
        assert "octo/clock#1: its sessions explain 1 of 2 pushes to its branch" in night.verdict()
        github.push_commit(REPOSITORY, "main", {"more.txt": ""}, by="ada")
        night.pushes(one="one\n")
        assert "octo/clock#1: its sessions explain 2 of 3 pushes to its branch" in night.verdict()


def test_each_retry_asks_for_a_session_and_for_one_alone(asking: Night) -> None:
    asking.session("first")
    assert asking.verdict() == ""

    comment = asking.github.comment(REPOSITORY, 1, "/retry", by="ada")
    assert "the command '/retry' of ada has no 👀" in asking.verdict()
    acknowledge(asking.github, REPOSITORY, comment.id)
    assert asking.verdict() == "octo/clock#1: 2 sessions were asked for, and 1 began"
    asking.session("second")
    assert asking.verdict() == ""

    asking.session("third")
    assert "3 sessions began, and its night explains 2 of them" in asking.verdict()


def test_two_sessions_at_a_time_are_reported(night: Night) -> None:
    """The first asks for its next turn after the second has begun."""
    first, second = request("first"), request("second")
    night.script.answer(first)
    night.fires(FaultKind.WORKER)
    night.script.answer(second)
    night.is_published()
    assert night.verdict() == ""

    night.script.answer(replace(first, turn=2))

    assert "octo/clock#1: session 1 went on after session 2 had begun" in night.verdict()


def test_a_session_whose_gate_was_killed_explains_no_push(night: Night) -> None:
    night.session("first")
    night.fires(FaultKind.GATE, task=night.task.id)
    night.is_published()
    assert "octo/clock#1: its sessions explain 0 of 1 pushes to its branch" in night.verdict()


def test_the_session_after_one_whose_gate_was_killed_may_push(night: Night) -> None:
    """The operator has asked for it, or the bot has: what was killed before its end is tried again."""
    night.session("first")
    night.fires(FaultKind.GATE, task=night.task.id)
    night.takes(Checkpoint.SESSION_ENDED)
    night.retries(by=OPERATOR)
    night.session("second")
    night.is_published()
    assert night.verdict() == ""


def test_a_session_whose_gate_was_killed_ends_as_unproven(asking: Night) -> None:
    """What it says is not proven: its questions are not asked, and the operator has to retry it."""
    asking.session("first")
    asking.fires(FaultKind.GATE, task=asking.task.id)
    said = "octo/clock#1: 1 sessions lost their gate, and 0 were retried as unproven"
    assert said in asking.verdict()

    asking.retries(by="ada")
    asking.session("second")
    assert said in asking.verdict()

    asking.retries(by=OPERATOR)
    asking.session("third")
    assert asking.verdict() == ""


def test_another_fault_may_have_ended_it_first(asking: Night) -> None:
    asking.session("first")
    asking.fires(FaultKind.GATE, task=asking.task.id)
    asking.fires(FaultKind.WORKER)
    asking.session("second")
    assert asking.verdict() == ""


def test_a_session_without_gate_may_ask_for_more_turns_than_it_has(night: Night) -> None:
    """Each call is denied, the last one too. Any other session that does so was not played as it was written."""
    first = request("first")
    for turn in (1, 2, 3):
        night.script.answer(replace(first, turn=turn))
    assert "octo/clock#1: attempt 1 asked for turn 3; its script has 2" in night.verdict()

    night.fires(FaultKind.GATE, task=night.task.id)
    assert "asked for turn 3" not in night.verdict()


def test_a_gate_that_is_killed_concerns_the_session_that_ran_then(night: Night) -> None:
    """Not one that had ended, and not another task's."""
    night.session("first")
    night.takes(Checkpoint.SESSION_ENDED)
    night.fires(FaultKind.GATE, task=night.task.id)
    night.fires(FaultKind.GATE, task=night.task.id + 1)
    night.is_published()
    assert night.verdict() == ""


@pytest.mark.parametrize(("kind", "workers", "most"), [(FaultKind.FREEZE, 1, 1), (FaultKind.FREEZE, 2, 2)])
def test_a_frozen_worker_costs_a_session_where_another_takes_over(
    night: Night, kind: FaultKind, workers: int, most: int
) -> None:
    """They may overlap then; else two at a time are one too many."""
    night.plan = replace(night.plan, circumstances=Circumstances(workers=workers))
    first = request("first")
    night.script.answer(first)
    night.fires(kind)
    night.script.answer(request("second"))
    night.script.answer(replace(first, turn=2))
    night.is_published()

    assert ("2 sessions began, and its night explains 1 of them" in night.verdict()) == (most == 1)
    assert ("went on after session 2 had begun" in night.verdict()) == (workers == 1)


def test_a_session_gives_its_reason_to_one_that_has_no_other() -> None:
    """Augmenting paths: who comes first does not keep what the other needs."""
    first, second, third = (FIX, 1), (FIX, 2), (FIX, 3)
    fault, retry = ("fault 0", None), ("retry 0", FIX)
    assert match({first: [fault, retry], second: [fault]}) == {first, second}
    assert match({first: [fault, retry], second: [fault], third: [retry]}) == {first, second}
    assert match({first: []}) == set()


def test_nothing_is_pushed_of_what_came_to_nothing(asking: Night) -> None:
    asking.session()
    asking.pushes(asks="x")
    assert "it came to nothing that could be published, and its branch was pushed" in asking.verdict()
