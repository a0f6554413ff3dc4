"""Two issues that name one file do not run side by side, and the second one says for which it waits."""

from __future__ import annotations

from pathlib import Path

from bot.core.tasks import State
from bot.rehearsal.github.faults import Hold
from tests.stories.world import a_world, writes


def test_the_second_task_waits_for_the_first_and_says_so(tmp_path: Path) -> None:
    """A third one, on another file, runs meanwhile."""
    with a_world(tmp_path, WORKERS="3", PER_REPOSITORY="3") as world:
        first = world.label_issue("Say noon in time.txt", sessions=[writes("time.txt", "noon")])
        second = world.label_issue("Say night", "In `time.txt`.", sessions=[writes("night.txt", "night")])
        held = Hold(on="POST .*/pulls$")  # of the first: its attempt cannot end
        world.github.faults.add([held])
        with world.worker() as worker:
            world.wait_until_held(held)
            world.wait_until(lambda: f"waits for #{first.number}" in world.status(second))
            assert "runs now and names `time.txt` too" in world.status(second)
            assert "auto:waiting" in world.labels(second)
            third = world.label_issue("Say where", "In place.txt.", sessions=[writes("place.txt", "here")])
            world.wait_until(lambda: third.number in world.tasks() and world.state(third) is State.IN_REVIEW)
            world.github.faults.release(held)
            world.wait_until_idle(worker)

        assert {world.state(each) for each in (first, second, third)} == {State.IN_REVIEW}
        world.check()
