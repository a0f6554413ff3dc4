"""The worker tidies up mirrors while nothing runs, and keeps what a later attempt goes on from."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.adapters.git import git
from bot.adapters.git.housekeeping import UNREACHABLE_FOR
from bot.core.failures import FailureKind
from bot.steps.tidying import Tidying
from bot.wiring import utc_now
from tests.stories.world import REPOSITORY, World, a_world, bash, writes


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, MAX_TURNS="2") as made:
        yield made
        made.check()


def mirror(world: World) -> Path:
    return world.services.settings.data_dir / "mirrors" / f"{REPOSITORY}.git"


def litter(world: World, count: int = 1100) -> list[Path]:
    """Old objects that nothing reaches."""
    folder = mirror(world)
    for number in range(count):
        (folder / f"litter-{number}").write_text(f"{number}")
    paths = "\n".join(str(folder / f"litter-{number}") for number in range(count))
    names = git("hash-object", "-w", "--stdin-paths", gitdir=folder, stdin=paths.encode()).text.split()
    places = [folder / "objects" / name[:2] / name[2:] for name in names]
    for place in places:
        os.utime(place, (1, 1))
    return places


class LaterClock:
    """Jumps an hour ahead after a while of standing nearly still."""

    def __init__(self) -> None:
        self._calls = 0

    def __call__(self) -> datetime:
        self._calls += 1
        return utc_now() + (timedelta(hours=1) if self._calls > 30 else timedelta())


def test_a_mirror_is_tidied_up_while_nothing_runs(world: World) -> None:
    """By itself, some minutes after the start."""
    world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    old = litter(world)
    with world.worker(LaterClock()):
        world.wait_until(lambda: not any(place.exists() for place in old))
    assert git("fsck", gitdir=mirror(world)).code == 0


def test_work_to_go_on_from_outlives_tidying(world: World) -> None:
    """However old it is. It is removed once no later session can continue it."""
    session = [bash("echo half > work.txt && git add work.txt && git commit -qm Begin"), *[bash("true")] * 3]
    issue = world.label_issue(sessions=[session])
    world.run_until_idle()
    assert world.failure(issue) is FailureKind.SESSION_TIMEOUT
    listed = ("for-each-ref", "--format=%(objectname)", "refs/nightshift/work")
    head = git(*listed, gitdir=mirror(world)).text
    assert head

    later = Tidying(
        store=world.services.store,
        mirrors=mirror(world).parents[1],
        clock=lambda: utc_now() + UNREACHABLE_FOR + timedelta(days=1),
        pruning=world.services.tidying.pruning,
    )
    later.tidy(lambda: False)
    assert git(*listed, gitdir=mirror(world)).text == head

    with world.services.store.transaction() as ledger:
        ledger.kept_work.forget(issue)
    later.tidy(lambda: False)
    assert git(*listed, gitdir=mirror(world)).text == ""


def test_it_does_not_hold_up_the_end(world: World) -> None:
    """A worker that is asked to stop does not wait for it."""
    stopped = threading.Event()
    stopped.set()
    world.label_issue(sessions=[writes("time.txt", "noon")])
    world.run_until_idle()
    old, started = litter(world), time.monotonic()
    world.services.tidying.tidy(stopped.is_set)
    assert time.monotonic() - started < 30
    assert all(place.exists() for place in old)
