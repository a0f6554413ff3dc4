"""The judge of a night with chaos looks at GitHub alone, and tells what was lost, doubled or done too often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.adapters.scripted_model import ModelRequest
from bot.core import messages
from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.messages import StatusView
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task
from bot.rehearsal.chaos.judge import judge
from bot.rehearsal.chaos.plan import Plan, plan_for
from bot.rehearsal.chaos.strikes import Blow, Strike
from bot.rehearsal.environment import Environment
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import BOT
from bot.rehearsal.player import Player
from bot.rehearsal.script import Script
from tests.rehearsal.as_documented import acknowledge, pull_request_text

NOW = datetime(2026, 1, 2, tzinfo=UTC)
REPOSITORY = "octo/clock"
FIX = IssueRef(REPOSITORY, 1)


class Night:
    """A night's end, as a test wants it: with the issue `fix` alone unless others are named, published and merged."""

    def __init__(self, github: SimulatedGitHub, folder: Path, *keys: str) -> None:
        plan = replace(plan_for(Blow.WORKER, Checkpoint.PUSHED), strikes=())
        issues = tuple(issue for issue in plan.scenario.issues if issue.key in (keys or ("fix",)))
        self.plan: Plan = replace(plan, scenario=plan.scenario.model_copy(update={"issues": issues, "moments": ()}))
        self.github = github
        self.script = Script()
        self.place = Environment(folder=folder, github=github, model_url="", script=self.script, say=lambda _: None)
        self.stage = Player(self.plan.scenario, github, self.script)
        self.stage.set_up()
        self.stage.open_first_issues()
        self.trace: list[dict[str, Any]] = []
        snapshot = Snapshot(title="Issue", body="")
        self.task = Task(id=1, issue=FIX, state=State.DONE, snapshot=snapshot, created_at=NOW, updated_at=NOW)

    def session(self, name: str = "session", issue: IssueRef = FIX) -> None:
        self.script.answer(request(name, issue))

    def takes(self, step: Checkpoint) -> None:
        self.trace.append({"at": now(), "step": step.value, "subject": str(FIX)})

    def is_dealt(self, blow: Blow) -> None:
        strike = Strike(blow=blow, step=Checkpoint.PUSHED)
        self.trace.append({"at": now(), "strike": len(self.plan.strikes), "what": str(strike)})
        self.plan = replace(self.plan, strikes=(*self.plan.strikes, strike))

    def comments(self) -> None:
        view = StatusView(task=self.task, attempts=[], waits=[], position=None, web_url=self.github.web_url)
        self.github.comment(REPOSITORY, 1, messages.status_comment(view), by=BOT)

    def pushes(self, **files: str) -> None:
        self.github.push_commit(REPOSITORY, FIX.branch, {f"{name}.txt": text for name, text in files.items()}, by=BOT)

    def opens(self) -> int:
        pull = self.github.open_pull_request(
            REPOSITORY, title="Issue fix", head=FIX.branch, base="main", body=pull_request_text(1), by=BOT
        )
        return pull.number

    def is_published(self) -> None:
        """By the session before."""
        self.comments()
        self.pushes(fix="fix\n")
        self.github.merge_pull_request(REPOSITORY, self.opens(), by="ada")

    def ends_well(self) -> None:
        self.session()
        self.is_published()

    def verdict(self) -> str:
        return "\n".join(judge(self.plan, self.place, self.stage, tasks={FIX: self.task}, trace=self.trace))


def now() -> str:
    return datetime.now(UTC).isoformat()


def request(session: str, issue: IssueRef = FIX) -> ModelRequest:
    """The first one of a session for the issue."""
    return ModelRequest(key=session, turn=1, prompt=str(issue), system="", tools=(), messages=())


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with SimulatedGitHub(tmp_path / "github") as github:
        yield Night(github, tmp_path)


def test_nothing_is_said_of_a_night_that_went_well(night: Night) -> None:
    night.ends_well()
    assert night.verdict() == ""


def test_what_was_lost_is_told(night: Night) -> None:
    lost = "it did not become a task: it has no status comment, no branch and no pull request"
    assert lost in night.verdict()

    night.comments()
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
    night.pushes(fix="half of i")
    assert "fix.txt is not as expected" in night.verdict()


def test_a_word_too_many_is_told(night: Night) -> None:
    night.ends_well()
    night.github.comment(REPOSITORY, 1, "Done!", by=BOT)
    assert "the bot's comment 'Done!' was not expected" in night.verdict()


def test_a_branch_that_holds_more_than_was_written_is_told(night: Night) -> None:
    night.session()
    night.pushes(fix="fix\n", stray="x")
    night.comments()
    night.github.merge_pull_request(REPOSITORY, night.opens(), by="ada")
    assert night.verdict() == ""  # it was merged: the default branch has it too

    night.pushes(other="x")
    assert "its branch holds what nobody wrote: other.txt" in night.verdict()


def test_a_word_is_no_merge(night: Night) -> None:
    """The status comment and the ledger agree, and GitHub itself shows something else."""
    night.session()
    night.comments()
    night.pushes(fix="fix\n")
    night.opens()
    assert "it is done, and pull request #2 was not merged" in night.verdict()
    assert "it is done, and its issue is open" in night.verdict()


def test_a_ledger_that_says_anything_else_than_github_is_told(night: Night) -> None:
    night.ends_well()
    night.task = replace(night.task, state=State.IN_REVIEW)
    assert night.verdict() == "octo/clock#1 (fix): the ledger says in_review, not done"


def test_a_blow_that_never_came_is_told(night: Night) -> None:
    """Where a night is for one blow; a seed does not know how often a step is taken."""
    night.ends_well()
    night.plan = replace(night.plan, strikes=(Strike(blow=Blow.WORKER, step=Checkpoint.PUSHED),))
    assert night.verdict() == "the blow never came: worker at pushed #1 (its step was not taken)"

    night.trace.append({"at": now(), "missed": 0, "what": "worker at pushed #1"})
    assert night.verdict() == "the blow never came: worker at pushed #1 (there was nothing to strike at)"

    night.plan = replace(night.plan, must_strike=False)
    assert night.verdict() == ""


def test_a_session_that_nothing_explains_is_told(night: Night) -> None:
    night.session("first")
    night.session("second")
    night.is_published()
    assert night.verdict() == "octo/clock#1: 2 sessions began, and its night explains 1 of them"


@pytest.mark.parametrize("blow", [Blow.WORKER, Blow.MACHINE, Blow.DOOR, Blow.CLAUDE, Blow.GIT, Blow.DISK])
def test_a_blow_amid_a_session_explains_one_more(night: Night, blow: Blow) -> None:
    night.session("first")
    night.is_dealt(blow)
    night.session("second")
    night.is_published()
    assert night.verdict() == ""

    night.session("third")
    assert night.verdict() == "octo/clock#1: 3 sessions began, and its night explains 2 of them"


@pytest.mark.parametrize(("blow", "most"), [(Blow.CLAUDE, 1), (Blow.GIT, 1), (Blow.WORKER, 2)])
def test_who_killed_one_process_has_cost_one_session(tmp_path: Path, blow: Blow, most: int) -> None:
    """Two issues were worked on at the time. The worker's end is that of both."""
    after = IssueRef(REPOSITORY, 2)
    with SimulatedGitHub(tmp_path / "github") as github:
        night = Night(github, tmp_path, "fix", "after")
        night.session("first")
        night.session("its first", after)
        night.is_dealt(blow)
        night.session("second")
        night.session("its second", after)

        said = night.verdict().count("2 sessions began, and its night explains 1 of them")

    assert said == 2 - most


@pytest.mark.parametrize("blow", [Blow.FREEZE, Blow.CLOCK])
def test_a_blow_that_ends_no_session_explains_none(night: Night, blow: Blow) -> None:
    night.session("first")
    night.is_dealt(blow)
    night.session("second")
    night.is_published()
    assert "2 sessions began, and its night explains 1 of them" in night.verdict()


@pytest.mark.parametrize("step", [Checkpoint.PUSH_NOTED, Checkpoint.FINISHED])
def test_a_session_is_not_repeated_once_its_end_is_on_record(night: Night, step: Checkpoint) -> None:
    """A blow that comes after that costs nothing."""
    night.session("first")
    night.takes(step)
    night.is_dealt(Blow.MACHINE)
    night.session("second")
    night.is_published()
    assert "2 sessions began, and its night explains 1 of them" in night.verdict()


def test_a_blow_before_a_session_explains_none(night: Night) -> None:
    night.is_dealt(Blow.WORKER)
    night.trace[0]["at"] = (datetime.now(UTC) - timedelta(seconds=3)).isoformat()
    night.session("first")
    night.session("second")
    night.is_published()
    assert "2 sessions began, and its night explains 1 of them" in night.verdict()


def test_a_second_push_is_told(night: Night) -> None:
    """One session has one result, which goes to GitHub once."""
    night.ends_well()
    night.pushes(fix="fix\n", more="x")
    assert "octo/clock#1: its sessions explain 1 of 2 pushes to its branch" in night.verdict()


def test_a_push_to_what_is_not_the_issues_branch_is_told(night: Night) -> None:
    night.ends_well()
    night.github.push_commit(REPOSITORY, "main", {"fix.txt": "fix\n"}, by=BOT)
    assert "the bot moved refs/heads/main in octo/clock" in night.verdict()


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Night]:
    """A night in which the issue asks back."""
    with SimulatedGitHub(tmp_path / "github") as github:
        night = Night(github, tmp_path, "asks")
        night.task = replace(night.task, state=State.FAILED, failure=FailureKind.NEEDS_INFO)
        night.comments()
        github.label_issue(REPOSITORY, 1, "auto:failed", by=BOT)
        yield night


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


def test_nothing_is_pushed_of_what_came_to_nothing(asking: Night) -> None:
    asking.session()
    asking.pushes(asks="x")
    assert "it came to nothing that could be published, and its branch was pushed" in asking.verdict()


def test_two_sessions_at_a_time_are_told(night: Night) -> None:
    """The first asks for its next turn after the second has begun."""
    first, second = request("first"), request("second")
    night.script.answer(first)
    night.is_dealt(Blow.WORKER)
    night.script.answer(second)
    night.is_published()
    assert night.verdict() == ""

    night.script.answer(replace(first, turn=2))

    assert "octo/clock#1: session 1 went on after session 2 had begun" in night.verdict()
