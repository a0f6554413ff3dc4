"""A repository that GitHub does not show holds back its own tasks, is asked for ever less, and slows down no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer
from bot.rehearsal.scenario import Turn
from bot.worker import Worker
from bot.worker_services import build_worker
from tests.stories.deliveries import process_deliveries
from tests.stories.world import BOT, REPOSITORY, World, a_world, finish

OTHER = "octo/other"
MANY = 100_000
EVERY = 60


@dataclass
class Clock:
    """Both clocks of a worker, which a story moves on."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def two(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, REPOSITORIES=f"{REPOSITORY},{OTHER}", POLL_SECONDS=str(EVERY)) as world:
        world.github.add_repository(OTHER, files={"README.md": "# Other\n"})
        world.github.set_role(OTHER, "ada", "maintain")
        world.github.set_role(OTHER, BOT, "write")
        yield world
        world.check()


def label_other(world: World) -> IssueRef:
    opened = world.github.open_issue(OTHER, title="Add a file", body="Please.", author="ada")
    issue = IssueRef(OTHER, opened.number)
    world.script.learn(issue, [[Turn.model_validate(finish())]])
    world.label(issue)
    return issue


def refuse(world: World, repository: str, times: int = MANY) -> None:
    """Not an outage, of which the connection itself would try again."""
    world.github.faults.add([Answer(on=f"/repos/{repository}/issues", status=403, message="Not now.", times=times)])


def passes_with(world: World, worker: Worker, clock: Clock, many: int, *, of: str) -> list[int]:
    """The numbers of those of so many passes in which that repository was asked for."""
    asked = []
    for number in range(many):
        before = len(world.github.exchanges)
        while worker._passes.step(lambda: False):
            pass
        if any(each.path.startswith(f"/repos/{of}/") for each in world.github.exchanges[before:]):
            asked.append(number)
        clock.seconds += EVERY
    return asked


def polling_worker(world: World, clock: Clock) -> Worker:
    return build_worker(replace(world.services, clock=clock.now, monotonic=clock.monotonic))


def test_only_the_tasks_of_the_repository_that_cannot_be_read_wait(two: World) -> None:
    here, there = two.label_issue(sessions=[[finish()]]), label_other(two)
    two.github.wait_delivered()
    process_deliveries(two.services.intake)
    refuse(two, OTHER)

    with two.worker():
        two.wait_until(lambda: two.state(here) is State.NO_CHANGE)

        assert two.state(there) is State.QUEUED
        assert two.task(there).attempts == 0


def test_its_tasks_are_taken_once_it_is_read(two: World) -> None:
    there = label_other(two)
    two.github.wait_delivered()
    process_deliveries(two.services.intake)
    refuse(two, OTHER, times=1)
    clock = Clock()
    worker = polling_worker(two, clock)

    assert passes_with(two, worker, clock, 1, of=OTHER) == [0]
    assert worker.reconciler.unread == frozenset({OTHER})
    assert worker._next_claim() is None
    assert passes_with(two, worker, clock, 1, of=OTHER) == [0]
    assert worker.reconciler.unread == frozenset()
    claim = worker._next_claim()

    assert claim is not None
    assert claim.task.issue == there
    with two.services.store.transaction() as ledger:
        ledger.tasks.move(claim.task.id, State.RUNNING, State.CANCELLED, now=clock.now())


def test_nothing_is_taken_before_it_is_known_which_repositories_there_are(two: World) -> None:
    """An old ledger would run again what has been done."""
    two.label_issue(sessions=[[finish()]])
    two.github.wait_delivered()
    process_deliveries(two.services.intake)
    worker = build_worker(two.services)

    assert worker.reconciler.unread is None
    assert worker._next_claim() is None


def test_a_repository_that_fails_again_and_again_is_asked_for_less_and_less(two: World) -> None:
    """After each failure the wait doubles, up to five minutes, across passes; after a success it is read every time."""
    refuse(two, OTHER, times=12)
    clock = Clock()
    worker = polling_worker(two, clock)

    asked = passes_with(two, worker, clock, 31, of=OTHER)

    assert asked == [0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 21, 26]
    assert passes_with(two, worker, clock, 4, of=OTHER) == [0, 1, 2, 3]


def test_the_other_one_is_read_in_each_pass(two: World) -> None:
    refuse(two, OTHER)
    clock = Clock()

    assert passes_with(two, polling_worker(two, clock), clock, 12, of=REPOSITORY) == list(range(12))


def test_a_part_that_waits_for_its_pass_wakes_no_worker(two: World) -> None:
    """Its wait is over before the next pass begins; until then there is nothing to do."""
    refuse(two, OTHER)
    clock = Clock()
    worker = polling_worker(two, clock)

    passes_with(two, worker, clock, 1, of=OTHER)
    clock.seconds -= EVERY - 30

    assert worker._sleep() == 5.0
