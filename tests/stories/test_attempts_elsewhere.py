"""An attempt runs on another host, which can read and nothing else, and the control plane publishes what it made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.tasks import State
from tests.stories.child_processes import ChildProcesses
from tests.stories.world import World, a_world, writes

READ_TOKEN = "ghp_" + "r" * 36


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[World, ChildProcesses]]:
    shared = tmp_path / "shared"
    with a_world(tmp_path, OBJECT_STORE=str(shared)) as world:
        settings = world.services.settings
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "GITHUB_API_URL": settings.github_api_url,
            "ANTHROPIC_API_KEY": settings.anthropic_api_key.get_secret_value() if settings.anthropic_api_key else "",
            "ANTHROPIC_BASE_URL": str(settings.anthropic_base_url),
            "DATA_DIR": str(tmp_path / "host"),
            "OBJECT_STORE": str(shared),
            "CLAUDE_BIN": str(settings.claude_bin or ""),
        }
        (tmp_path / "executor").mkdir()
        (tmp_path / "forgotten").mkdir()
        executor = ChildProcesses(tmp_path / "executor", environment)
        world.services = replace(world.services, other_executor=executor)
        yield world, executor
        executor.close()
        world.check()


def test_a_host_makes_what_the_control_plane_publishes(host: tuple[World, ChildProcesses]) -> None:
    world, _ = host
    issue = world.label_issue("Add a file", sessions=[writes("hello.txt", "hello")])

    world.run_until_idle(seconds=120)

    assert world.state(issue) is State.IN_REVIEW, world.status(issue)
    assert world.files(issue)["hello.txt"] == b"hello"
