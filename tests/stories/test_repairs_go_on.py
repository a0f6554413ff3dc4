"""A repair that a crash, a lost ledger or a second worker meets: it is paid for once, published once and said once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.attempts import Purpose
from bot.core.checkpoints import Checkpoint
from bot.core.effects import QueueRepair
from bot.core.tasks import State
from bot.steps.effects import perform
from bot.wiring import utc_now
from tests.stories.branch_history import history
from tests.stories.killed_runs import run_until_killed_at
from tests.stories.other_ledgers import another_ledger, live_on
from tests.stories.repairs import conflicting, fail, look, resolves
from tests.stories.reviews import answers, changes, in_review
from tests.stories.turn_checks import mails
from tests.stories.world import World, a_world


def repair_count(world: World) -> int:
    (issue,) = world.tasks()
    with world.services.store.read() as ledger:
        (task,) = ledger.tasks.in_states()
        assert task.issue.number == issue
        return ledger.repairs.of(task.id).checks


@pytest.mark.parametrize("step", [Checkpoint.PUSH_NOTED, Checkpoint.PUSH_RECORDED, Checkpoint.PULL_REQUEST_SHOWN])
def test_a_repair_that_was_judged_is_published_without_another_session(step: Checkpoint, tmp_path: Path) -> None:
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue, pull = in_review(world, changes("night"))
        fail(world, issue)
        assert world.services.reconciler.poll() == []
        run_until_killed_at(step, world, tmp_path)

        world.run_until_idle()

        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 2
        assert history(world, issue) == ["Add time.txt", "Say night"]
        (said,) = answers(world, pull)
        assert "repaired this" in said
        world.check()


def test_a_rebase_that_was_judged_is_published_without_another_session(tmp_path: Path) -> None:
    with a_world(tmp_path, LEASE_SECONDS="5") as world:
        issue, pull = conflicting(world, resolves())
        for _ in range(2):  # GitHub finds out about the conflict after the first
            assert world.services.reconciler.poll() == []
        run_until_killed_at(Checkpoint.PUSHED, world, tmp_path)

        world.run_until_idle()

        assert world.script.started(issue) == 2
        assert world.files(issue)["time.txt"] == b"noon and dawn"
        (said,) = answers(world, pull)
        assert "rebased this" in said
        world.check()


def test_after_a_lost_ledger_repairs_are_counted_on(world: World) -> None:
    """The record on the issue holds their number."""
    issue, pull = in_review(world, changes("one"), changes("two"), changes("three"))
    for _ in range(2):
        fail(world, issue)
        look(world)
    assert repair_count(world) == 2

    with another_ledger(world):
        live_on(world)
        assert world.state(issue) is State.IN_REVIEW
        assert repair_count(world) == 2
        fail(world, issue)
        look(world)
        assert world.script.started(issue) == 3
        assert "twice" in answers(world, pull)[-1]


def test_a_repair_that_waited_when_the_ledger_was_lost_begins_again(world: World) -> None:
    """The task is in review, and the next pass finds what fails."""
    issue, _ = in_review(world, changes("night"))
    fail(world, issue)
    assert world.services.reconciler.poll() == []
    assert world.state(issue) is State.QUEUED
    world.services.outbox.flush()

    with another_ledger(world):
        live_on(world)
        look(world)
        assert world.state(issue) is State.IN_REVIEW
        assert world.script.started(issue) == 2
        assert history(world, issue) == ["Add time.txt", "Say night"]


def test_two_workers_that_see_the_same_failure_start_one_repair(world: World) -> None:
    issue, pull = in_review(world, changes("night"), changes("dusk"))
    head = world.task(issue).pushed or ""
    seen = QueueRepair(issue=issue, pull_request=pull.number, purpose=Purpose.REPAIR, head=head)
    for _ in range(2):
        with world.services.store.transaction() as ledger:
            perform([seen], ledger, utc_now())
    assert repair_count(world) == 1

    fail(world, issue)
    world.run_until_idle()
    with world.services.store.transaction() as ledger:
        perform([seen], ledger, utc_now())

    assert world.state(issue) is State.IN_REVIEW
    assert world.script.started(issue) == 2


def test_a_repair_asks_no_one_again_who_has_not_reviewed_yet(world: World) -> None:
    """The request from before stands, and shows the new commits."""
    issue, _ = in_review(world, changes("night"))
    fail(world, issue)
    look(world, 2)

    assert world.notices(issue) == []
    assert mails(world.github, "ada") == ["review_requested"]
