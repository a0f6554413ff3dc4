"""After a merge in a native stack: what GitHub does, what Nightshift does about it, and when it does it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.attempts import Purpose
from bot.core.revision import NO_REPAIRS
from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer
from bot.steps.open_pulls import queue_restack, show_conflicts
from bot.steps.publication import Publication
from bot.steps.published_base import base_of_open
from bot.wiring import utc_now
from tests.stories.stacked_tasks import end, in_review, register, task_of
from tests.stories.stacks import first_line
from tests.stories.world import BOT, REPOSITORY, World, a_world

SOON, LATE = timedelta(minutes=9), timedelta(minutes=11)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """With native stacks. No session runs here."""
    with a_world(tmp_path) as made:
        made.github.enable_stacks(REPOSITORY)
        yield made
        assert not made.github.violations


def follow(world: World, pull: int) -> None:
    with world.services.store.transaction() as ledger:
        queue_restack(ledger, task_of(world, pull).issue, utc_now())
    world.services.outbox.flush()


def shown(world: World, pull: int) -> tuple[str, State]:
    """The base of a pull request, and the state of its task."""
    return world.github.world.repository(REPOSITORY).pull_request(pull).base, task_of(world, pull).state


def written(world: World, pull: int) -> list[str]:
    """What the bot changed of a pull request."""
    paths = {f"/repos/{REPOSITORY}/pulls/{pull}"}
    return [each.method for each in world.github.exchanges if each.path in paths and each.method == "PATCH"]


def test_what_github_moved_is_compared_once(world: World) -> None:
    """The text is saved again, so that its closing keyword takes effect."""
    lower, upper = in_review(world, None, 0)
    register(world, upper)
    world.github.edit_issue(REPOSITORY, upper, body="Closes #1", by=BOT)
    world.github.merge_pull_request(REPOSITORY, lower, method="squash", by="ada")
    end(world, lower, ago=timedelta())
    for _ in range(2):
        follow(world, upper)

    assert shown(world, upper) == ("main", State.QUEUED)
    assert written(world, upper) == ["PATCH"]
    assert world.github.world.repository(REPOSITORY).pull_request(upper).closes == (1,)
    with world.services.store.read() as ledger:
        revision = ledger.revisions.of(task_of(world, upper).id)
    assert revision is not None
    assert revision.purpose is Purpose.REBASE


@pytest.mark.parametrize(("ago", "state"), [(SOON, State.IN_REVIEW), (LATE, State.QUEUED)])
def test_commits_that_github_leaves_follow_after_a_while(world: World, ago: timedelta, state: State) -> None:
    """It puts nothing onto what conflicts."""
    lower, upper = in_review(world, None, 0)
    world.github.push_commit(REPOSITORY, "main", {"1.txt": "another"}, message="Elsewhere", by="ada")
    register(world, upper)
    world.github.merge_pull_request(REPOSITORY, lower, method="squash", by="ada")
    end(world, lower, ago=ago)
    follow(world, upper)
    assert shown(world, upper) == ("main", state)


@pytest.mark.parametrize(
    ("ago", "by", "refused", "is_moved"),
    [
        (SOON, BOT, False, False),
        (LATE, BOT, False, True),
        (LATE, BOT, True, False),
        (LATE, "ada", False, False),
    ],
)
def test_a_base_that_github_leaves(world: World, ago: timedelta, by: str, *, refused: bool, is_moved: bool) -> None:
    """What does not stand on the part below any more is not moved. The bot's own stack is dissolved then, since no base
    can be moved in one, and it is not made again."""
    lower, upper = in_review(world, None, 0)
    if by == BOT:
        register(world, upper)
    else:
        world.github.create_stack(REPOSITORY, lower, upper, by=by)
    world.github.push_commit(REPOSITORY, "auto/1", {"more": "x"}, message="By hand", by="ada")
    world.github.merge_pull_request(REPOSITORY, lower, method="squash", by="ada")
    end(world, lower, ago=ago)
    world.github.faults.add([Answer(on="POST .*/unstack$", status=403, message="Forbidden")] if refused else [])
    show(world, upper)
    assert first_line(world, upper).startswith("**Part 1 of 1**, wait: its base is still `auto/1`, which was merged")
    assert ("press **Rebase stack**" in first_line(world, upper)) is (by != BOT)
    follow(world, upper)
    if is_moved:
        register(world, upper)
    assert ("wait" in first_line(world, upper)) is not is_moved

    expected = ("main", State.QUEUED) if is_moved else ("auto/1", State.IN_REVIEW)
    assert shown(world, upper) == expected
    assert any(upper in each.pulls for each in world.github.stacks(REPOSITORY)) is not is_moved


@pytest.mark.parametrize(("is_stacked", "base"), [(True, "auto/1"), (False, "main")])
def test_what_is_published_moves_no_base_in_a_native_stack(world: World, is_stacked: bool, base: str) -> None:
    """GitHub would refuse the whole request, though it takes what else stands in it."""
    lower, upper = in_review(world, None, 0)
    end(world, lower, ago=timedelta())
    task, named = task_of(world, upper), {"title": "", "body": "", "summary": ""}
    made = Publication(head="c" * 40, replaces=None, base="auto/1", below=1, **named)
    shown = replace(world.services.github.pull_request(REPOSITORY, upper), is_stacked=is_stacked)
    assert base_of_open(world.services.store, world.services.github, task.issue, made, shown) == base


def test_a_worker_that_starts_later_looks_once_after_what_github_left(world: World) -> None:
    lower, upper = in_review(world, None, 0)
    world.github.create_stack(REPOSITORY, lower, upper, by="ada")
    world.github.push_commit(REPOSITORY, "auto/1", {"more": "x"}, message="By hand", by="ada")
    world.github.merge_pull_request(REPOSITORY, lower, method="squash", by="ada")
    end(world, lower, ago=timedelta(hours=1))
    looks = [look(world, upper) for _ in range(4)]
    assert looks[0] >= 2
    assert looks[2:] == [0, 0]


def show(world: World, pull: int) -> None:
    """The first line of a pull request, as after a merge in its stack."""
    with world.services.store.transaction() as ledger:
        show_conflicts(ledger, REPOSITORY, pull, utc_now())
    world.services.outbox.flush()


def look(world: World, pull: int) -> int:
    """A pass, and what follows. How often the pull request was read, without what had not changed."""
    before = len(world.github.exchanges)
    assert world.services.reconciler.poll() == []
    world.services.outbox.flush()
    read = [each for each in world.github.exchanges[before:] if each.path.endswith(f"/pulls/{pull}")]
    return len([each for each in read if each.status == 200])


def test_a_persons_commit_in_a_native_stack_starts_no_attempt(world: World) -> None:
    """A pass looks at it once; what the bot's commits became on another base is compared."""
    _, upper = in_review(world, None, 0)
    register(world, upper)
    world.github.push_commit(
        REPOSITORY, world.github.issue(REPOSITORY, upper).title, {"x": "x"}, message="Mine", by="ada"
    )
    for _ in range(2):
        assert world.services.reconciler.poll() == []
    with world.services.store.read() as ledger:
        assert ledger.repairs.of(task_of(world, upper).id) == NO_REPAIRS
    assert len([each for each in world.github.exchanges if each.path.endswith(f"/pulls/{upper}/commits")]) == 1
