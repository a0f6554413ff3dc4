"""Issues that are blocked by several others, whose branches lie side by side."""

from __future__ import annotations

import pytest

from bot.core.references import IssueRef
from bot.core.tasks import State
from bot.rehearsal.documented import branch_of
from tests.stories.branch_history import forced, history
from tests.stories.stacks import bases, commits, first_line, merge, pull_of
from tests.stories.world import REPOSITORY, World

NIGHTLY = pytest.mark.nightly


def side_by_side(world: World, *scripts: str, revised: str = "true") -> list[IssueRef]:
    """An issue for each script, and one that all of them block: it lists the files that it finds in `seen.txt`.
    `revised`: what a revision does."""
    found = [
        world.label_issue(script, sessions=[commits(script, "Do it"), commits(revised, "Revise it")])
        for script in scripts
    ]
    named = " and ".join(f"#{each.number}" for each in found)
    return [*found, world.label_issue("List", f"Blocked by {named}", sessions=[commits("ls > seen.txt", "List")])]


def seen(world: World, issue: IssueRef) -> set[bytes]:
    return set(world.files(issue)["seen.txt"].split())


@pytest.mark.parametrize("method", [pytest.param("merge", marks=NIGHTLY), "squash"])
def test_work_starts_from_a_merge_of_its_blockers(world: World, method: str) -> None:
    """Its pull request says which ones come first, and follows as they are merged, in any order."""
    world.github.set_merging(REPOSITORY, delete_branch_on_merge=True)
    one, other, third = side_by_side(world, "echo a > a.txt", "echo b > b.txt")
    world.run_until_idle()

    lower, beside, upper = (pull_of(world, each) for each in (one, other, third))
    assert {b"a.txt", b"b.txt"} <= seen(world, third)
    assert bases(world)[upper] == branch_of(one.number)
    assert first_line(world, upper).startswith(f"**Part 2 of 2**, merge #{lower} and #{beside} first.")
    assert first_line(world, beside).startswith(f"**Part 1 of 2**, merge this one first. Built on it: #{upper}.")
    assert history(world, third)[-2:] == [f"Merge branch '{branch_of(other.number)}'", "List"]

    merge(world, one, method)
    world.run_until_idle()
    assert bases(world)[upper] == branch_of(other.number)
    assert first_line(world, upper).startswith(f"**Part 2 of 2**, merge #{beside} first.")
    merge(world, other, method)
    world.run_until_idle()

    shown = next(each for each in world.pull_requests() if each.number == upper)
    assert (shown.state, shown.base, shown.closes) == ("open", "main", (third.number,))
    assert set(world.files(third)) == set(world.github.files(REPOSITORY, "main")) | {"seen.txt"}
    assert (history(world, third) == ["List"]) is (method == "squash")
    assert bool(forced(world, third)) is (method == "squash")
    assert world.script.started(third) == 1


def test_branches_that_conflict_are_waited_for_by_name(world: World) -> None:
    """No session is paid for. It starts once one of them has changed."""
    one, other, third = side_by_side(
        world, "echo a > x.txt; echo a > a.txt", "echo b > x.txt", revised="git mv x.txt b.txt"
    )
    world.run_until_idle()

    first, second = (pull_of(world, each) for each in (one, other))
    assert world.state(third) is State.QUEUED
    assert f"#{first} and #{second} conflict in `x.txt`" in world.status(third)
    assert world.script.started(third) == 0
    world.comment(IssueRef(REPOSITORY, second), "/revise Leave x.txt alone.")
    world.run_until_idle()
    assert world.state(third) is State.IN_REVIEW
    assert {b"a.txt", b"b.txt", b"x.txt"} <= seen(world, third)


def test_a_merge_that_fails_the_checks_starts_nothing(world: World) -> None:
    """Each change passes alone. What is wrong with both is the work of no session: one is merged first, or changes."""
    files = {"Makefile": "test:\n\ttest ! -e a.txt || test ! -e b.txt\n"}
    world.github.push_commit(REPOSITORY, "main", files, message="Check", by="ada")
    one, other, third = side_by_side(world, "echo a > a.txt", "echo b > b.txt")
    world.run_until_idle()

    assert [world.state(each) for each in (one, other, third)] == [State.IN_REVIEW, State.IN_REVIEW, State.QUEUED]
    assert f"a merge of #{pull_of(world, one)} and #{pull_of(world, other)} fails `make test`" in world.status(third)
    assert (world.script.started(third), world.task(third).attempts) == (0, 1)
