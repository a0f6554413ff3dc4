"""Chains that are registered as native stacks of GitHub, and what becomes of them where GitHub, or people, want it
otherwise."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.native_stacks import StackMembership
from bot.rehearsal.github.faults import Answer, LoseAnswer
from bot.wiring import utc_now
from tests.stories.stacked_tasks import in_review, register
from tests.stories.world import REPOSITORY, World, a_world

STACKS = "/repos/[^/]+/[^/]+/stacks"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """No session runs here."""
    with a_world(tmp_path) as made:
        yield made
        assert not made.github.violations


def stacks(world: World) -> list[tuple[int, ...]]:
    return [each.pulls for each in world.github.stacks(REPOSITORY)]


def asked(world: World) -> list[str]:
    """The methods of the requests about stacks."""
    return [each.method for each in world.github.exchanges if "/stacks" in each.path]


def test_a_chain_is_registered_once_and_grows(world: World) -> None:
    """What stands on its top later is put there. What else stands on a part of it is not, nor what stands on that."""
    world.github.enable_stacks(REPOSITORY)
    pulls = in_review(world, None, 0)
    register(world, *pulls, times=2)
    assert stacks(world) == [tuple(pulls)]
    assert asked(world) == ["GET", "POST"]

    more = in_review(world, None, 0, 1, 1, 3)
    register(world, *more)
    assert stacks(world) == [tuple(pulls), tuple(more[:2])]


def test_without_the_preview_a_repository_is_asked_once_a_day(world: World) -> None:
    pulls = in_review(world, None, 0)
    register(world, *pulls, times=3)
    assert asked(world) == ["GET"]
    assert not given_up(world)

    world.github.enable_stacks(REPOSITORY)
    register(world, pulls[1])
    assert stacks(world) == []
    with world.services.store.read() as ledger:
        assert not ledger.native_stacks.is_lacking(REPOSITORY, utc_now() + timedelta(days=1))


def test_a_stack_that_a_person_makes_shows_that_there_are_stacks_now(world: World) -> None:
    pulls, theirs = in_review(world, None, 0), in_review(world, None, 0)
    register(world, *pulls)
    world.github.enable_stacks(REPOSITORY)
    world.github.create_stack(REPOSITORY, *theirs, by="ada")
    world.run_until_idle()
    register(world, pulls[1])
    assert stacks(world) == [tuple(theirs), tuple(pulls)]


@pytest.mark.parametrize("status", [403, 422])
def test_what_github_refuses_late_is_not_asked_for_again(
    world: World, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """The chain stays as GitHub knows it, and the log says once that Nightshift keeps the rest itself."""
    world.github.enable_stacks(REPOSITORY)
    pulls = in_review(world, None, 0)
    register(world, *pulls)
    world.github.faults.add([Answer(on=f"POST {STACKS}", status=status, message="Resource not accessible", times=9)])
    more = in_review(world, None, 0)
    before = len(asked(world))
    with caplog.at_level(logging.WARNING):
        register(world, *more, times=3)
    assert asked(world)[before:] == ["GET", "POST"]
    assert [each.getMessage() for each in caplog.records if "keeps it itself" in each.getMessage()] == [
        f"{REPOSITORY}: GitHub takes no native stack of #{more[0]}, #{more[1]}: GitHub answered {status}: "
        "Resource not accessible; Nightshift keeps it itself"
    ]
    assert stacks(world) == [tuple(pulls)]
    assert not given_up(world)


def test_a_lost_answer_makes_no_second_stack(world: World) -> None:
    world.github.enable_stacks(REPOSITORY)
    pulls = in_review(world, None, 0)
    world.github.faults.add([LoseAnswer(on=f"POST {STACKS}")])
    register(world, *pulls)
    world.later(5)
    register(world, *pulls)
    assert stacks(world) == [tuple(pulls)]
    with world.services.store.read() as ledger:
        task = ledger.tasks.by_pull_request(REPOSITORY, pulls[1])
        assert task is not None
        made = ledger.native_stacks.of(task.id, pulls[1])
    assert made == StackMembership(pull=pulls[1], stack=world.github.stacks(REPOSITORY)[0].number)


def test_what_people_did_is_left_as_it_is(world: World) -> None:
    """A stack that a person made is not added to, one that a person dissolved is not made again, and one whose upper
    part a person stacked otherwise is not asked for twice."""
    world.github.enable_stacks(REPOSITORY)
    theirs, dissolved, other = in_review(world, None, 0, 1), in_review(world, None, 0), in_review(world, None, 0, 1)
    world.github.create_stack(REPOSITORY, *theirs[:2], by="ada")
    world.github.create_stack(REPOSITORY, *other[1:], by="ada")
    register(world, *dissolved)
    made = next(each for each in world.github.stacks(REPOSITORY) if each.pulls == tuple(dissolved))
    world.github.unstack(REPOSITORY, made.number)
    before = len(asked(world))
    for each in (theirs, dissolved, other):
        register(world, *each, times=2)

    assert set(stacks(world)) == {tuple(theirs[:2]), tuple(other[1:])}
    assert asked(world)[before:].count("POST") == 1


def given_up(world: World) -> dict[str, str]:
    with world.services.store.read() as ledger:
        return ledger.outbox.given_up()
