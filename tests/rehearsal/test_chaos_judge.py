"""The judge of a night with chaos looks at GitHub alone, and tells what was lost, doubled or done too often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.scripted_model import ModelRequest
from bot.core import messages
from bot.core.messages import StatusView
from bot.core.references import IssueRef
from bot.core.steps import Step
from bot.core.tasks import Priority, Snapshot, State, Task
from bot.rehearsal.chaos.judge import judge
from bot.rehearsal.chaos.plan import Plan, plan_for
from bot.rehearsal.chaos.strikes import Blow
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.outcome import Outcome, outcome_of
from bot.rehearsal.place import Place
from bot.rehearsal.script import Script
from bot.rehearsal.stage import BOT, Stage

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REPOSITORY = "octo/clock"
FIX = IssueRef(REPOSITORY, 1)


class Night:
    """A night's end, as a test wants it: the issue `fix` alone, published and merged."""

    def __init__(self, github: SimulatedGitHub, folder: Path) -> None:
        plan = plan_for(Blow.WORKER, Step.PUSHED)
        issues = tuple(issue for issue in plan.scenario.issues if issue.key == "fix")
        self.plan: Plan = replace(plan, scenario=plan.scenario.model_copy(update={"issues": issues, "moments": ()}))
        self.github = github
        self.script = Script()
        self.place = Place(folder=folder, github=github, model_url="", script=self.script, say=lambda _: None)
        self.stage = Stage(self.plan.scenario, github, self.script)
        self.stage.set()
        self.stage.begin()
        self.task = Task(
            id=1,
            issue=FIX,
            state=State.DONE,
            priority=Priority.NORMAL,
            snapshot=Snapshot(title="Issue fix", body=""),
            created_at=NOW,
            updated_at=NOW,
        )

    def comments(self) -> None:
        view = StatusView(task=self.task, attempts=[], waits=[], position=None, web_url=self.github.web_url)
        self.github.comment(REPOSITORY, 1, messages.status_comment(view), by=BOT)

    def opens(self) -> None:
        self.github.push_commit(REPOSITORY, FIX.branch, {"fix.txt": "fix\n"}, by=BOT)
        self.github.open_pull_request(
            REPOSITORY, title="Issue fix", head=FIX.branch, base="main", body="Closes #1", by=BOT
        )

    def ends_well(self) -> None:
        self.comments()
        self.opens()

    def verdict(self) -> str:
        found: dict[IssueRef, Outcome] = {FIX: outcome_of(self.task, [])}
        return "\n".join(judge(self.plan, self.place, self.stage, {FIX: self.task}, found))


def request(session: str) -> ModelRequest:
    """The first one of a session for the issue."""
    return ModelRequest(key=session, turn=1, prompt=str(FIX), system="", tools=(), messages=())


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with SimulatedGitHub(tmp_path / "github") as github:
        yield Night(github, tmp_path)


def test_nothing_is_said_of_a_night_that_went_well(night: Night) -> None:
    night.ends_well()
    assert night.verdict() == ""


def test_what_was_lost_is_told(night: Night) -> None:
    assert "expected one status comment, found 0" in night.verdict()
    assert "expected one pull request, found none" in night.verdict()


def test_a_second_status_comment_is_told(night: Night) -> None:
    night.ends_well()
    night.comments()
    assert "expected one status comment, found 2" in night.verdict()


def test_an_end_that_the_night_does_not_allow_is_told(night: Night) -> None:
    """The issue was to be merged; its status comment says that it waits."""
    night.task = replace(night.task, state=State.QUEUED)
    night.ends_well()
    assert "expected done, found queued" in night.verdict()


def test_a_file_that_somebody_else_would_have_written_is_told(night: Night) -> None:
    night.ends_well()
    night.github.push_commit(REPOSITORY, FIX.branch, {"fix.txt": "half of i"}, by=BOT)
    assert "fix.txt is not as expected" in night.verdict()


def test_a_word_too_many_is_told(night: Night) -> None:
    night.ends_well()
    night.github.comment(REPOSITORY, 1, "Done!", by=BOT)
    assert "nobody expected the bot's comment 'Done!'" in night.verdict()


def test_sessions_that_nothing_explains_are_told(night: Night) -> None:
    """One blow can cost one session; a fourth is paid for nothing."""
    night.ends_well()
    for session in range(4):
        night.script.answer(request(f"session {session}"))
    assert "4 sessions began, where 3 are the most that its night explains" in night.verdict()


def test_two_sessions_at_a_time_are_told(night: Night) -> None:
    """The first asks for its next turn after the second has begun."""
    night.ends_well()
    first, second = request("first"), request("second")
    night.script.answer(first)
    night.script.answer(second)
    assert night.verdict() == ""

    night.script.answer(replace(first, turn=2))

    assert "octo/clock#1: session 1 went on after session 2 had begun" in night.verdict()
