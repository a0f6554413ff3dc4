"""A part that people merge into the branch of the part below: what waits for it does not start without its work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import MergeReach, State
from bot.steps.waits import explain_waits
from bot.wiring import utc_now
from tests.stories.stacked_tasks import in_review, task_of
from tests.stories.world import REPOSITORY, World, a_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """No session runs here."""
    with a_world(tmp_path) as made:
        yield made


def merge(world: World, pull: int) -> None:
    world.later(2)
    world.github.merge_pull_request(REPOSITORY, pull, method="squash", by="ada")


def follow(world: World) -> None:
    """A pass, and all that is sent then."""
    assert world.services.reconciler.poll() == []
    world.services.outbox.flush()


@pytest.mark.parametrize("is_late", [False, True], ids=["before that is merged", "after that was merged"])
def test_what_waits_starts_once_the_work_is_in_the_default_branch(world: World, is_late: bool) -> None:
    """A part that was merged too late never gets there by itself: a comment says so, once."""
    lower, upper = in_review(world, None, 0)
    first, second = task_of(world, lower).issue, task_of(world, upper).issue
    waiting = world.label_issue("Later", f"Blocked by #{second.number}")
    follow(world)
    assert world.task(waiting).unmet == ()  # it may start on the branch
    if is_late:
        merge(world, lower)
    merge(world, upper)
    follow(world)
    follow(world)

    assert world.state(second) is State.DONE
    assert world.task(waiting).unmet == (second,)
    with world.services.store.read() as ledger:
        ((_, why),) = explain_waits(ledger, world.task(waiting), "")
    assert why == f"which was merged into the branch of {first}, not into the default branch"
    if not is_late:
        merge(world, lower)
        follow(world)
    merged = world.task(second).merged_into
    assert merged is not None
    assert merged.reached is (MergeReach.LATE if is_late else MergeReach.DEFAULT)
    assert world.task(waiting).unmet == ((second,) if is_late else ())
    told = [body for body in world.bot_comments(IssueRef(REPOSITORY, upper)) if "had been merged before" in body]
    assert len(told) == is_late
    with world.services.store.transaction() as ledger:
        ledger.old_tasks.remove(utc_now() + timedelta(days=1), utc_now())
        assert (ledger.tasks.find(second) is not None) is is_late  # its state is nowhere else
