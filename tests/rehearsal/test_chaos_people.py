"""What people do in a night with chaos: what the plan says, once, and a retry for each gate that was killed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State, Task
from bot.rehearsal.chaos.injections import FaultKind, Injection, Record
from bot.rehearsal.chaos.issues import OPERATOR
from bot.rehearsal.chaos.people import People
from bot.rehearsal.chaos.plan import plan_of
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.watch import View
from tests.rehearsal.chaos_end import REPOSITORY, Night


class Crowd(Night):
    def __init__(self, github: SimulatedGitHub, folder: Path, key: str, *, gates: int = 2) -> None:
        seed = next(seed for seed in range(1, 500) if key in plan_of(seed).cases)
        super().__init__(github, folder, key, plan=plan_of(seed))
        cases = {key: self.plan.cases[key]}
        injections = (Injection(kind=FaultKind.GATE),) * gates
        self.plan = replace(self.plan, cases=cases, injections=injections)
        self.record = Record.begin(folder / "record", injections)
        self.people = People(self.plan, self.environment, player=self.player, record=self.record)
        self.attempts = 1

    def see(self, state: State, failure: FailureKind | None = None, *, seconds: float = 0.0) -> list[tuple[str, str]]:
        """All comments of people after they have seen a task in this state."""
        task: Task = replace(self.task, state=state, failure=failure, attempts=self.attempts)
        self.people.react(seconds, View(tasks=(task,)))
        return [(comment.author, comment.body) for comment in self.github.comments(REPOSITORY, 1)]


@pytest.fixture
def github(tmp_path: Path) -> Iterator[SimulatedGitHub]:
    with SimulatedGitHub(tmp_path / "github") as running:
        yield running


def test_a_question_is_answered_once(github: SimulatedGitHub, tmp_path: Path) -> None:
    """And only that: another failure is no question."""
    crowd = Crowd(github, tmp_path, "asks")
    assert crowd.see(State.FAILED, FailureKind.WORKER_LOST) == []
    assert crowd.people.still_to_come() == ["the moment to comment /retry on asks never came"]
    assert crowd.see(State.FAILED, FailureKind.NEEDS_INFO) == [("ada", "/retry")]
    assert crowd.see(State.FAILED, FailureKind.NEEDS_INFO) == [("ada", "/retry")]
    assert crowd.people.still_to_come() == []


def test_a_cancel_comes_some_time_after_the_start(github: SimulatedGitHub, tmp_path: Path) -> None:
    """Whatever has become of the task by then."""
    crowd = Crowd(github, tmp_path, "cancelled")
    (reaction,) = crowd.plan.reactions
    assert crowd.see(State.QUEUED, seconds=50) == []
    assert crowd.see(State.RUNNING, seconds=100) == []
    assert crowd.see(State.DONE, seconds=100.01 + reaction.seconds) == [("ada", "/cancel")]


def test_the_operator_retries_as_often_as_a_gate_was_killed(github: SimulatedGitHub, tmp_path: Path) -> None:
    """Not twice after one end, and not what no fault explains: that stays as it is, for the judge to see."""
    crowd = Crowd(github, tmp_path, "nothing")
    assert crowd.see(State.FAILED, FailureKind.GUARDS_UNPROVEN) == []
    crowd.record.note(fired=0)
    assert crowd.see(State.FAILED, FailureKind.GUARDS_UNPROVEN) == [(OPERATOR, "/retry")]
    crowd.record.note(fired=1)
    assert crowd.see(State.FAILED, FailureKind.GUARDS_UNPROVEN) == [(OPERATOR, "/retry")]
    crowd.attempts = 2
    assert crowd.see(State.FAILED, FailureKind.GUARDS_UNPROVEN) == [(OPERATOR, "/retry")] * 2
    crowd.attempts = 3
    assert crowd.see(State.FAILED, FailureKind.GUARDS_UNPROVEN) == [(OPERATOR, "/retry")] * 2
