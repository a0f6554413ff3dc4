"""Nightshift keeps no more pull requests open than people say, and names what waits because of it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from bot.rehearsal.github.records import PullRequest
from tests.stories.repository_settings import settings
from tests.stories.world import REPOSITORY, World, bash, finish, writes

_ONE = "max_open_pull_requests: 1\n"


def three_issues(world: World) -> list[IssueRef]:
    return [world.label_issue(f"Add {name}", sessions=[writes(f"{name}.txt", name)]) for name in ("one", "two", "six")]


def pull_of(world: World, issue: IssueRef) -> PullRequest:
    return next(pull for pull in world.pull_requests() if pull.head == branch_of(issue.number))


def test_further_tasks_wait_for_reviews_and_say_so(world: World) -> None:
    settings(world, _ONE)
    first, second, third = three_issues(world)
    world.run_until_idle()

    assert [world.state(each) for each in (first, second, third)] == [State.IN_REVIEW, State.QUEUED, State.QUEUED]
    for waiting in (second, third):
        assert "**Nightshift**: waits for reviews" in world.status(waiting)
        assert "at most one pull request open in this repository (`max_open_pull_requests`)" in world.status(waiting)
        assert "auto:waiting" in world.labels(waiting)

    world.github.merge_pull_request(REPOSITORY, pull_of(world, first).number, by="ada")
    world.run_until_idle()
    assert world.state(second) is State.IN_REVIEW
    assert "waits for reviews" in world.status(third)

    world.github.close_pull_request(REPOSITORY, pull_of(world, second).number, by="ada")
    world.run_until_idle()
    assert world.state(third) is State.IN_REVIEW
    assert world.state(second) is State.CLOSED


@pytest.mark.parametrize("raised", ["max_open_pull_requests: 2\n", None], ids=["a number", "no file"])
def test_a_limit_that_people_raise_is_found_though_nothing_runs(world: World, raised: str | None) -> None:
    """Only attempts read the file otherwise, and none starts. A new process asks in its first pass."""
    settings(world, _ONE)
    _, second, third = three_issues(world)
    world.run_until_idle()
    assert world.state(second) is State.QUEUED

    world.github.push_commit(REPOSITORY, "main", {".github/nightshift.yml": raised}, by="ada")
    services = replace(world.services)
    with closing(services.store), world.worker(services=services) as worker:
        world.wait_until(lambda: world.state(second) is State.IN_REVIEW)
        world.wait_until_idle(worker)
    assert world.state(third) is (State.QUEUED if raised else State.IN_REVIEW)


def test_a_revision_runs_in_a_full_repository(world: World) -> None:
    settings(world, _ONE)
    more = [bash("printf night > one.txt && git commit -qam 'Say night'"), finish()]
    first = world.label_issue("Add one", sessions=[writes("one.txt", "one"), more])
    second = world.label_issue("Add two", sessions=[writes("two.txt", "two")])
    world.run_until_idle()
    world.later(5)
    world.github.comment(REPOSITORY, pull_of(world, first).number, "/revise Make it night.", by="ada")
    world.run_until_idle()

    assert world.files(first)["one.txt"] == b"night"
    assert [world.state(each) for each in (first, second)] == [State.IN_REVIEW, State.QUEUED]
    assert "waits for reviews" in world.status(second)
