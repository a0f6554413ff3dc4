"""Checks that fail on GitHub for the bot's pull request start a repair, at most twice, unless the base fails too."""

from __future__ import annotations

import pytest

from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.branch_history import forced, history, push
from tests.stories.repairs import fail, look
from tests.stories.reviews import answers, asked, changes, in_review, say
from tests.stories.turn_checks import mails
from tests.stories.world import REPOSITORY, World, bash, finish


def test_a_failing_check_is_repaired_on_the_same_branch(world: World) -> None:
    """The session reads the end of the log, up to its error, as material; the answer is on the pull request. Who has
    reviewed what was there before is asked once more."""
    issue, pull = in_review(world, changes("night", "It has to be night."))
    world.later(5)
    world.github.review(REPOSITORY, pull.number, event="APPROVE", by="ada")
    fail(world, issue)
    look(world)

    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert forced(world, issue) == []
    told = asked(world).rpartition("# What is left to do")[2]
    assert "fail on GitHub, and not on the base branch" in told
    assert "assert 'noon' == 'night'" in told.replace("\\'", "'").replace("\\", "")
    assert "===== output of the failing checks on GitHub" in told
    assert "Post job cleanup" not in told
    assert "2026-" not in told.partition("##[group]")[2].partition("##[error]")[0], "the times of the log were left in"
    (said,) = answers(world, pull)
    assert "repaired this" in said
    assert "`test`" in said
    assert "It has to be night." in said
    assert mails(world.github, "ada") == ["review_requested", "review_requested"]


def test_a_status_that_fails_is_repaired(world: World) -> None:
    issue, _ = in_review(world, changes())
    world.github.set_status(
        REPOSITORY, branch_of(issue.number), "ci/jenkins", "error", description="3 tests failed", by="ada"
    )
    look(world)

    assert history(world, issue) == ["Add time.txt", "Say night"]
    assert "3 tests failed" in asked(world)
    assert mails(world.github, "ada") == ["review_requested"]


def test_at_most_two_repairs_are_tried(world: World) -> None:
    """Then the pull request says so, once. What a person asks for allows two more."""
    issue, pull = in_review(world, changes("one"), changes("two"), changes("three"), changes("four"))
    for _ in range(3):
        fail(world, issue)
        look(world, 2)

    assert world.script.started(issue) == 3
    assert world.state(issue) is State.IN_REVIEW
    assert history(world, issue) == ["Add time.txt", "Say one", "Say two"]
    *_, last = answers(world, pull)
    assert "twice" in last
    assert "`/revise`" in last
    assert len(answers(world, pull)) == 3

    say(world, pull, "/revise Make it three.")
    world.run_until_idle()
    fail(world, issue)
    look(world)

    assert history(world, issue)[-2:] == ["Say three", "Say four"]


@pytest.mark.parametrize("where", ["main", "the commit before"])
def test_what_fails_on_the_base_is_left_alone(world: World, where: str) -> None:
    """Also if the base branch has moved on and passes by now: the change did not break it."""
    before = world.github.branches(REPOSITORY)["main"]
    issue, pull = in_review(world, changes())
    if where == "the commit before":
        world.github.push_commit(REPOSITORY, "main", {"other.txt": "x"}, by="ada")
        world.github.report_check(REPOSITORY, "main", "test", "success")
    world.github.report_check(REPOSITORY, before, "test", "failure")
    fail(world, issue)
    look(world, 2)

    assert world.script.started(issue) == 1
    assert answers(world, pull) == []


@pytest.mark.parametrize("conclusion", ["cancelled", "action_required", "skipped", "neutral", "success"])
def test_what_says_nothing_of_the_change_starts_nothing(world: World, conclusion: str) -> None:
    issue, _ = in_review(world, changes())
    world.github.report_check(REPOSITORY, branch_of(issue.number), "test", conclusion)
    look(world)

    assert world.script.started(issue) == 1


def test_a_check_at_work_is_waited_for(world: World) -> None:
    """One repair sees all that fails."""
    issue, _ = in_review(world, changes())
    fail(world, issue, "lint", log="E501 too long")
    world.github.report_check(REPOSITORY, branch_of(issue.number), "test", None)
    look(world)
    assert world.script.started(issue) == 1

    fail(world, issue, "test")
    look(world)

    assert world.script.started(issue) == 2
    assert "E501" in asked(world)
    assert "noon" in asked(world)


def test_a_check_that_passes_in_another_run_was_repaired_by_people(world: World) -> None:
    issue, _ = in_review(world, changes())
    fail(world, issue)
    world.github.report_check(REPOSITORY, branch_of(issue.number), "test", "success")
    look(world)

    assert world.script.started(issue) == 1


def test_a_person_who_pushes_is_left_alone(world: World) -> None:
    issue, _ = in_review(world, changes())
    push(world, issue)
    fail(world, issue)
    look(world)

    assert world.script.started(issue) == 1


def test_what_a_repair_cannot_do_is_said_and_the_pull_request_stays(world: World) -> None:
    issue, pull = in_review(world, [finish("blocked", "The runner has no disk left.")])
    fail(world, issue)
    look(world, 2)

    assert world.state(issue) is State.IN_REVIEW
    assert world.script.started(issue) == 2
    (said,) = answers(world, pull)
    assert "could not repair `test`" in said
    assert "The runner has no disk left." in said
    assert world.pull_requests()[0].state == "open"


def test_a_repair_without_a_log_has_what_the_check_reports(world: World) -> None:
    """The log is gone, or the token may not read it."""
    issue, _ = in_review(world, changes())
    output = {"title": "2 problems", "summary": "Line 3 is wrong."}
    world.github.report_check(REPOSITORY, branch_of(issue.number), "style", "failure", output=output, app="style-bot")
    world.github.report_check(REPOSITORY, branch_of(issue.number), "test", "failure", log=None)
    look(world)

    assert "Line 3 is wrong." in asked(world)
    assert "Check `test` failed" in asked(world)


def test_a_log_is_fetched_without_the_token(world: World) -> None:
    """It is on another host than GitHub's."""
    issue, _ = in_review(world, changes())
    fail(world, issue)
    look(world)

    assert world.github.job_logs.asked
    assert all("Authorization" not in headers for headers in world.github.job_logs.asked)


def test_cancel_stops_a_repair_for_this_head(world: World) -> None:
    slow = [bash("python3 -c 'import time; time.sleep(60)'"), finish()]
    issue, pull = in_review(world, slow)
    fail(world, issue)
    assert world.services.reconciler.poll() == []
    with world.worker():
        world.wait_until(lambda: "time.sleep" in world.last_step(issue))
        say(world, pull, "/cancel")
        world.wait_until(lambda: world.state(issue) is State.IN_REVIEW)
    world.run_until_idle()
    look(world, 2)

    assert world.script.started(issue) == 2
    assert history(world, issue) == ["Add time.txt"]


def test_a_persons_request_replaces_a_repair_that_waits(world: World) -> None:
    issue, pull = in_review(world, changes("night"))
    fail(world, issue)
    assert world.services.reconciler.poll() == []
    assert world.state(issue) is State.QUEUED
    say(world, pull, "/revise Make it night.")
    world.github.wait_delivered()
    world.run_until_idle()

    assert world.script.started(issue) == 2
    assert "Make it night." in asked(world)
    assert "revised this" in answers(world, pull)[0]
