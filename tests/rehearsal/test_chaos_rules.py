"""The kinds of issues in nights with chaos, each with what its end may show and what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.chaos.issues import SECRET
from bot.rehearsal.chaos.plan import Circumstances, plan_of
from bot.rehearsal.github.server import SimulatedGitHub
from bot.rehearsal.observation import BOT
from tests.rehearsal.as_documented import acknowledge
from tests.rehearsal.chaos_end import FIX, NOW, REPOSITORY, Night


@pytest.fixture
def night(tmp_path: Path) -> Iterator[Night]:
    with SimulatedGitHub(tmp_path / "github") as github:
        yield Night(github, tmp_path)


def case_of(github: SimulatedGitHub, folder: Path, key: str, *issues: str) -> Night:
    """The end of a night with one kind of issue alone."""
    seed = next(seed for seed in range(1, 500) if key in plan_of(seed).cases)
    return Night(github, folder, *(issues or (key,)), plan=replace(plan_of(seed), circumstances=Circumstances()))


@pytest.mark.parametrize("where", ["status", "branch"])
def test_a_secret_that_was_repeated_is_reported(tmp_path: Path, where: str) -> None:
    with SimulatedGitHub(tmp_path / "github") as github:
        night = case_of(github, tmp_path, "leaks")
        night.session()
        night.task = replace(night.task, state=State.FAILED, failure=FailureKind.SECRET_DETECTED)
        night.comments()
        github.label_issue(REPOSITORY, 1, "auto:failed", by=BOT)
        assert night.verdict() == ""

        if where == "branch":
            night.pushes(leaks=SECRET)
            assert "the branch auto/1 of octo/clock holds a secret" in night.verdict()
        else:
            github.comment(REPOSITORY, 1, f"It found {SECRET}.", by=BOT)
            assert "the bot repeated a secret in octo/clock" in night.verdict()


def test_an_urgent_issue_that_had_to_wait_is_reported(tmp_path: Path) -> None:
    """It was known: its comment had been made. What was not known yet could not come first."""
    low, high = IssueRef(REPOSITORY, 1), IssueRef(REPOSITORY, 2)
    with SimulatedGitHub(tmp_path / "github") as github:
        night = case_of(github, tmp_path, "priorities", "low", "high")
        said = f"{low} was begun while {high}, which is urgent, had to wait"
        night.takes(Checkpoint.CLAIMED, low)
        night.takes(Checkpoint.COMMENT_POSTED, high)
        night.takes(Checkpoint.CLAIMED, high)
        assert said not in night.verdict()

        night.trace.clear()
        night.takes(Checkpoint.COMMENT_POSTED, high)
        night.takes(Checkpoint.CLAIMED, low)
        assert said in night.verdict()

        night.trace[1:1] = [{**night.trace[1], "step": Checkpoint.CLAIMED.value, "subject": str(high)}]
        night.trace[1]["at"] = night.trace[0]["at"]
        assert said not in night.verdict()


@pytest.mark.parametrize("said", [True, False])
def test_a_reply_to_a_late_cancel_may_come_or_not(tmp_path: Path, said: bool) -> None:
    with SimulatedGitHub(tmp_path / "github") as github:
        night = case_of(github, tmp_path, "cancelled")
        night.session()
        night.task = replace(night.task, state=State.IN_REVIEW)
        night.comments()
        github.label_issue(REPOSITORY, 1, "auto:review", by=BOT)
        github.label_issue(REPOSITORY, 1, "auto:verified", by=BOT)
        night.pushes(cancelled="cancelled\n")
        night.opens("Issue cancelled")
        if said:
            github.comment(REPOSITORY, 1, "There is nothing to cancel.", by=BOT)
        assert night.verdict() == ""

        github.comment(REPOSITORY, 1, "There is nothing to cancel, again.", by=BOT)
        assert ("was not expected" in night.verdict()) == said


def test_what_is_cancelled_has_its_command(tmp_path: Path) -> None:
    with SimulatedGitHub(tmp_path / "github") as github:
        night = case_of(github, tmp_path, "cancelled")
        night.session()
        night.task = replace(night.task, state=State.CANCELLED, failure=FailureKind.CANCELLED)
        night.comments()
        github.label_issue(REPOSITORY, 1, "auto:cancelled", by=BOT)
        assert "it is cancelled, and no person has stopped it" in night.verdict()

        command = github.comment(REPOSITORY, 1, "/cancel", by="ada")
        acknowledge(github, REPOSITORY, command.id)
        assert night.verdict() == ""


@pytest.mark.parametrize("late", [False, True])
def test_a_cancel_without_effect_is_reported(tmp_path: Path, late: bool) -> None:
    """It was decided on before there was a result. After that the pull request may be on its way."""
    with SimulatedGitHub(tmp_path / "github") as github:
        night = case_of(github, tmp_path, "cancelled")
        github.add_webhook("http://127.0.0.1:9/nothing", "secret")
        github.comment(REPOSITORY, 1, "/cancel", by="ada")
        github.wait_delivered(30)
        (delivery,) = [each for each in github.deliveries if each.event == "issue_comment"]
        steps = [(Checkpoint.DELIVERY_DECIDED, delivery.guid), (Checkpoint.PUSH_NOTED, str(FIX))]
        for second, (step, subject) in enumerate(reversed(steps) if late else steps):
            at = (NOW + timedelta(seconds=second)).isoformat()
            night.trace.append({"at": at, "step": step.value, "subject": subject})
        said = "octo/clock#1 was cancelled, and what a session made of it was published"
        assert (said in night.verdict()) == (not late)


def test_a_bot_that_does_not_wait_when_github_asks_is_reported(night: Night) -> None:
    night.ends_well()
    night.github.world.limits.too_early.extend(["GET /user"] * 12)
    assert night.verdict() == ""
    night.github.world.limits.too_early.append("GET /zen")
    assert night.verdict() == "13 requests were sent while GitHub had asked to wait, such as GET /zen"


def test_a_second_worker_is_allowed_no_more(night: Night) -> None:
    """It knows from the ledger that GitHub asked the first one to wait."""
    night.ends_well()
    night.plan = replace(night.plan, circumstances=replace(night.plan.circumstances, workers=2))
    night.github.world.limits.too_early.extend(["GET /user"] * 13)
    assert "13 requests were sent while GitHub had asked to wait" in night.verdict()
