"""A disk that is full in the middle of a night: the task goes back to the queue, and the worker says so and ends."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.store import StoreUnusable
from bot.core.tasks import State
from bot.steps.error_boundary import HostUnusable
from tests.stories.world import a_world, bash, finish, writes


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """48 MB for this test alone."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    """The session fills it up. The worker ends with what is wrong; the next, with free space again, does the task."""
    fills = bash("head -c 200M /dev/zero > big.bin; ls -l big.bin")
    with a_world(tmp_path, DATA_DIR=str(small_disk / "data")) as world:
        issue = world.label_issue(sessions=[[fills, finish()], writes("time.txt", "noon")])

        with pytest.raises((HostUnusable, StoreUnusable)) as ended:
            world.run_until_idle()
        assert "No space left" in str(ended.value) or "full" in str(ended.value)
        assert world.state(issue) is State.QUEUED

        world.run_until_idle()
        assert world.state(issue) is State.IN_REVIEW
        assert len(world.pull_requests()) == 1
        world.check()
