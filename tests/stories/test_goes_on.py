"""After kill -9 at a named step the next worker goes on from there: nothing is paid for, pushed or opened twice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.checkpoints import Checkpoint
from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.faults import AnyFault, Delay, DelayWebhook, LoseWebhook, RejectPush
from tests.stories.command_line import settings_of
from tests.stories.deliveries import process_deliveries
from tests.stories.killed_runs import ROOT, WORKER, run_until_killed_at
from tests.stories.world import BOT, a_world, writes


@pytest.mark.parametrize(
    "step", [Checkpoint.PUSH_NOTED, Checkpoint.PUSHED, Checkpoint.PUSH_RECORDED, Checkpoint.PULL_REQUEST_SHOWN]
)
def test_what_was_judged_is_published_without_another_session(step: Checkpoint, tmp_path: Path) -> None:
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
        world.github.wait_delivered()
        run_until_killed_at(step, world, tmp_path)
        if step is not Checkpoint.PUSH_NOTED:
            world.github.faults.add([RejectPush(branch="auto/*", times=100)])  # it is there: no second push is wanted

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 1
        (pull,) = world.pull_requests()
        assert world.files(issue)["time.txt"] == b"noon"
        assert "The gate's log" in (pull.body or "")
        world.check()


@pytest.mark.parametrize("branch_goes_too", [False, True])
def test_a_pull_request_that_people_closed_meanwhile_has_no_second_one(branch_goes_too: bool, tmp_path: Path) -> None:
    """The worker died before the pull request was on record, so its closing was not noticed."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
        world.github.wait_delivered()
        run_until_killed_at(Checkpoint.PULL_REQUEST_SHOWN, world, tmp_path)
        (pull,) = world.pull_requests()
        world.github.close_pull_request(issue.repository, pull.number, by="ada")
        if branch_goes_too:
            world.github.delete_branch(issue.repository, branch_of(issue.number), by="ada")

        world.run_until_idle()
        assert world.state(issue) is State.IN_REVIEW
        world.later(900)
        assert world.services.reconciler.poll() == []

        assert world.state(issue) is State.CLOSED
        assert world.task(issue).pull_request == pull.number
        assert len(world.pull_requests()) == 1
        assert world.script.started(issue) == 1
        world.check()


def test_a_kill_in_the_middle_of_a_push_repeats_nothing(tmp_path: Path) -> None:
    """The orphaned git may still come through, before or after the next worker's: both push the same commit."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        slow = Delay(on="POST .*git-receive-pack", seconds=3)
        world.github.faults.add([slow])
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
        world.github.wait_delivered()
        environment = settings_of(world) | {"PYTHONPATH": str(ROOT), "LEASE_SECONDS": "5"}
        with subprocess.Popen(
            [sys.executable, "-c", WORKER, Checkpoint.PULL_REQUEST_SHOWN.value], cwd=tmp_path, env=environment
        ) as worker:
            try:
                world.wait_until(lambda: slow not in world.github.faults.left)
            finally:
                worker.kill()

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 1
        assert len(world.pull_requests()) == 1
        assert world.files(issue)["time.txt"] == b"noon"
        world.check()


@pytest.mark.parametrize(
    "step", [Checkpoint.COMMENT_NOTED, Checkpoint.COMMENT_POSTED, Checkpoint.COMMENT_RECORDED, Checkpoint.MESSAGE_SENT]
)
def test_what_was_said_is_not_said_again(step: Checkpoint, tmp_path: Path) -> None:
    """Nor is it left out: one status comment, whenever the worker dies on the way to it."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Wait", "blocked by #7")
        world.github.wait_delivered()
        run_until_killed_at(step, world, tmp_path)

        world.run_until_idle()

        assert len(world.bot_comments(issue)) == 1
        assert "auto:waiting" in world.labels(issue)
        world.check()


def test_a_retry_asks_for_another_run(tmp_path: Path) -> None:
    """What was on record was for the approval before."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon"), writes("time.txt", "night")])
        world.github.wait_delivered()
        run_until_killed_at(Checkpoint.PUSH_NOTED, world, tmp_path)
        world.later(5)
        world.github.unlabel_issue(issue.repository, issue.number, "auto", by="ada")
        world.github.wait_delivered()
        process_deliveries(world.services.intake)
        world.later(5)
        world.label(issue)

        world.run_until_idle()

        assert world.failure(issue) is None
        assert world.script.started(issue) == 2
        assert world.files(issue)["time.txt"] == b"night"
        world.check()


@pytest.mark.parametrize("step", [Checkpoint.PUSH_NOTED, Checkpoint.PUSHED, Checkpoint.FINISHED])
def test_a_revision_is_published_and_answered_once(step: Checkpoint, tmp_path: Path) -> None:
    """The answers are on record before the push; the next worker says them without another session."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon"), writes("two.txt", "2")])
        world.run_until_idle()
        (pull,) = world.pull_requests()
        world.later(5)
        world.github.comment_on_line(issue.repository, pull.number, "time.txt", 1, "Another file?", by="ada")
        world.github.comment(issue.repository, pull.number, "/revise", by="ada")
        world.github.wait_delivered()
        run_until_killed_at(step, world, tmp_path)

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 2
        assert world.files(issue)["two.txt"] == b"2"
        said = [each for each in world.github.comments(issue.repository, pull.number) if each.author == BOT]
        assert len(said) == 1
        on_line = [each for each in world.github.review_comments(issue.repository, pull.number) if each.author == BOT]
        assert len(on_line) == 1
        world.check()


@pytest.mark.parametrize("step", [Checkpoint.COMMENT_NOTED, Checkpoint.COMMENT_POSTED])
def test_an_answer_in_a_thread_is_given_once(step: Checkpoint, tmp_path: Path) -> None:
    """After a lost answer it is looked for among the comments on lines."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])
        world.run_until_idle()
        (pull,) = world.pull_requests()
        first = world.github.comment_on_line(issue.repository, pull.number, "time.txt", 1, "Why?", by="ada")
        place = IssueRef(issue.repository, pull.number)
        payload = {"issue": str(place), "key": f"thread:{first.id}:{first.id}", "body": "Because.", "thread": first.id}
        with world.services.store.transaction() as ledger:
            ledger.outbox.post("reply:it", kind="reply", payload=payload, now=world.services.clock())
        run_until_killed_at(step, world, tmp_path)

        world.run_until_idle()

        answers = [each.body for each in world.github.review_comments(issue.repository, pull.number)[1:]]
        assert len(answers) == 1
        world.check()


@pytest.mark.parametrize(
    "faults",
    [[], [LoseWebhook(on="issues.", times=2)], [DelayWebhook(on="issues.unlabeled", seconds=3)]],
    ids=["together", "never", "in the wrong order"],
)
def test_a_new_label_asks_for_another_run_however_its_deliveries_come(faults: list[AnyFault], tmp_path: Path) -> None:
    """The label was taken off and put on while no worker was there: the attempt that was lost belonged to the approval
    before, and none goes on from its record."""
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon"), writes("time.txt", "night")])
        world.github.wait_delivered()
        run_until_killed_at(Checkpoint.PUSH_NOTED, world, tmp_path)
        world.github.faults.add(faults)
        world.later(5)
        world.github.unlabel_issue(issue.repository, issue.number, "auto", by="ada")
        world.later(5)
        world.label(issue)

        world.run_until_idle()

        assert world.failure(issue) is None
        assert world.script.started(issue) == 2
        assert world.files(issue)["time.txt"] == b"night"
        world.run_until_idle()  # the pass that found out began with the folders that were left behind
        assert world.script.started(issue) == 2
        world.check()
