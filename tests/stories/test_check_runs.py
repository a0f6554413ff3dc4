"""An App shows on the head of a pull request what is at work, the verdict, and buttons that people press."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github import payloads
from bot.rehearsal.github.records import CheckRun, PullRequest
from tests.stories.app_world import AppWorld, an_app_world, labels_of, requests_to_checks
from tests.stories.branch_history import history
from tests.stories.repairs import pass_time
from tests.stories.reviews import changes, in_review
from tests.stories.world import REPOSITORY, bash, finish

WAIT = """python3 -c 'import os, time; [time.sleep(0.1) for _ in iter(lambda: os.path.exists("go"), True)]' && rm go"""
SECRET = "ghp_" + "Zx8Kq2Wv7Lm4Np9R" + "t6Yb3Hd5Jf1Gs0Ac8Ue2"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[AppWorld]:
    with an_app_world(tmp_path) as made:
        yield made


def slow(world: AppWorld, *steps: str) -> list[dict[str, Any]]:
    """A session whose steps come one by one: each waits for `go_on`."""
    return [*(bash(f"{step}; {WAIT}") for step in steps), finish()]


def go_on(world: AppWorld) -> None:
    (workspace,) = (world.services.settings.data_dir / "attempts").glob("*/workspace")
    (workspace / "go").touch()


def tell_pressed(world: AppWorld, run: CheckRun, *, by: str, identifier: str = "retry") -> None:
    """As GitHub would tell of it, if this account had pressed it."""
    here = world.github.world.repository(REPOSITORY)
    told = payloads.told_check_run(payloads.check_run(world.github.world, here, run))
    parts = {"check_run": told, "requested_action": {"identifier": identifier}}
    world.github.world.tell(here, "check_run", "requested_action", by, parts)


def answers(world: AppWorld, pull: PullRequest) -> list[str]:
    """The bot's comments on the pull request."""
    return [each.body for each in world.github.comments(REPOSITORY, pull.number) if each.author == world.bot]


def summary(run: CheckRun) -> str:
    return run.output["summary"] or ""


def test_the_verdict_is_on_the_head(world: AppWorld) -> None:
    """One check run, with the buttons that start another attempt. It costs one write."""
    issue, _ = in_review(world)

    run = world.shown(issue)
    assert (run.status, run.conclusion) == ("completed", "neutral")
    assert run.output["title"] == "Not verified"
    assert "this pull request is ready for review" in summary(run)
    assert "Attempt 1 took 2 turns, $0.01" in summary(run)
    assert labels_of(run) == ["Retry", "More budget"]
    assert "@" not in str(run.output)
    assert requests_to_checks(world) == [("POST", 201)]


@pytest.mark.parametrize("button", ["Retry", "More budget", "Re-run"])
def test_a_button_revises_the_pull_request(world: AppWorld, button: str) -> None:
    """As the command would. The old head is left without buttons, and shows nothing as if it were at work."""
    issue, pull = in_review(world, changes("night"))
    before = world.shown(issue)
    if button == "Re-run":
        world.github.rerun_check(REPOSITORY, before.id, by="ada")
    else:
        world.press(before, button)
    world.run_until_idle()

    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert world.task(issue).overrides.budget_usd == (10 if button == "More budget" else None)
    after = world.shown(issue)
    assert (after.sha != before.sha, after.status, after.conclusion) == (True, "completed", "neutral")
    old = world.check_runs(before.sha)
    assert [(run.status, labels_of(run)) for run in old.values()] == [("completed", [])] * 2
    assert labels_of(after) == ["Retry", "More budget"]
    (said,) = answers(world, pull)
    assert "revised this" in said, "the answer to a press is on the check run"


def test_an_attempt_at_work_is_shown_now_and_then(world: AppWorld) -> None:
    """Its last steps, masked, with turn and cost; not each step, and at the end the verdict."""
    issue, _ = in_review(world, slow(world, f"echo {SECRET} $PWD/time.txt", "echo second", "echo third"))
    with world.worker() as worker:
        world.press(world.shown(issue), "Retry")
        world.wait_until(lambda: "***" in world.last_step(issue))
        world.wait_until(lambda: world.shown(issue).status == "in_progress")
        begun = world.shown(issue)
        assert "`ada` pressed “Retry”." in summary(begun)
        go_on(world)
        world.wait_until(lambda: "echo second" in world.last_step(issue))
        pass_time(world, issue)
        go_on(world)
        world.wait_until(lambda: "echo third" in summary(world.shown(issue)))
        live = world.shown(issue)
        assert live.id == begun.id
        assert (live.status, live.conclusion, labels_of(live)) == ("in_progress", None, [])
        assert live.output["title"] == "A revision: turn 3, $0.02"
        assert "echo second" in summary(live)
        assert SECRET not in summary(live)
        assert str(world.services.settings.data_dir) not in summary(live)
        writes = len(requests_to_checks(world))
        go_on(world)
        world.wait_until_idle(worker)

    assert len(requests_to_checks(world)) <= writes + 2, "the verdict, and the button that stops"
    assert (world.shown(issue).id, world.shown(issue).conclusion) == (live.id, "neutral")


def test_stop_cancels_what_is_at_work(world: AppWorld) -> None:
    """GitHub shows no button of a check run at work, so a second one has it."""
    issue, pull = in_review(world, slow(world, "echo one"))
    with world.worker() as worker:
        world.press(world.shown(issue), "Retry")
        world.wait_until(lambda: "echo one" in world.last_step(issue))
        world.wait_until(lambda: "Nightshift: stop" in world.check_runs(branch_of(issue.number)))
        stop = world.check_runs(branch_of(issue.number))["Nightshift: stop"]
        assert (stop.conclusion, labels_of(stop)) == ("neutral", ["Stop"])
        world.press(stop, "Stop")
        world.wait_until_idle(worker)

    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Add time.txt"]
    shown = world.check_runs(branch_of(issue.number))
    assert (shown["Nightshift"].status, shown["Nightshift"].conclusion) == ("completed", "neutral")
    assert "`ada` pressed “Stop”." in summary(shown["Nightshift"])
    assert labels_of(shown["Nightshift: stop"]) == []
    assert answers(world, pull) == []


def test_what_cannot_be_followed_is_answered_on_the_check_run(world: AppWorld) -> None:
    """Once for each press, and within the same pass; nothing starts."""
    issue, pull = in_review(world, changes())
    world.github.close_issue(REPOSITORY, issue.number, reason="not_planned", by="ada")
    world.press(world.shown(issue), "Retry")
    world.run_until_idle()

    assert "`ada` pressed “Retry”. **Nightshift** cannot revise this. The issue is closed" in summary(
        world.shown(issue)
    )
    assert answers(world, pull) == []
    assert world.script.started(issue) == 1


def test_a_button_of_an_earlier_attempt_does_nothing(world: AppWorld) -> None:
    """GitHub may show it for a while, and a delivery may be late."""
    issue, _ = in_review(world, changes("night"), changes("noon"))
    before = world.shown(issue)
    world.press(before, "Retry")
    world.run_until_idle()
    tell_pressed(world, before, by="ada")
    world.run_until_idle()

    assert world.script.started(issue) == 2
    assert "It was a button of another attempt" in summary(world.shown(issue))


@pytest.mark.parametrize("who", ["sam", "other[bot]", "nightshift[bot]"])
def test_only_people_who_may_write_press(world: AppWorld, who: str) -> None:
    """GitHub sees to it; the bot asks again, as for a command."""
    issue, pull = in_review(world, changes())
    if who != "sam":
        world.github.add_user(who, kind="Bot")
        world.github.set_role(REPOSITORY, who, "admin")
    tell_pressed(world, world.shown(issue), by=who)
    world.run_until_idle()

    assert world.script.started(issue) == 1
    assert "pressed" not in summary(world.shown(issue))
    assert [("did not follow this" in each) for each in answers(world, pull)] == ([True] if who == "sam" else [])


@pytest.mark.parametrize("identifier", ["deploy", "budget=abc", "budget=5 fresh", "budget=5\n/cancel", "", "fresh"])
def test_only_the_buttons_that_are_offered_do_something(world: AppWorld, identifier: str) -> None:
    issue, _ = in_review(world, changes())
    tell_pressed(world, world.shown(issue), by="ada", identifier=identifier)
    world.run_until_idle()
    assert world.script.started(issue) == 1
