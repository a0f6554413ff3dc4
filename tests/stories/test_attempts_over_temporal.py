"""A night over Temporal: the worker orders, a host of a real server carries out, and the worker publishes."""

from __future__ import annotations

import base64
import signal
import subprocess
import sys
from pathlib import Path

from bot.core.tasks import State
from tests.adapters.fleet.servers import KEY, ROOT, TemporalServer
from tests.stories.child_processes import host_environment
from tests.stories.world import a_world, writes


def test_a_host_of_temporal_makes_what_the_control_plane_publishes(tmp_path: Path) -> None:
    server = TemporalServer(tmp_path)
    server.start()
    fleet = {
        "TEMPORAL_ADDRESS": server.address,
        "PAYLOAD_KEY": base64.b64encode(KEY).decode(),
        "OBJECT_STORE": str(tmp_path / "shared"),
    }
    with a_world(tmp_path, EXECUTOR="temporal", **fleet) as world, (tmp_path / "host.log").open("wb") as log:
        host = subprocess.Popen(
            [sys.executable, "-m", "bot", "executor"],
            cwd=tmp_path,
            env={**host_environment(world, tmp_path), **fleet, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=log,
        )
        issue = world.label_issue("Add a file", sessions=[writes("hello.txt", "hello")])
        world.run_until_idle(seconds=120)
        host.send_signal(signal.SIGTERM)
        host.wait(60)
        world.check()

        assert world.state(issue) is State.IN_REVIEW, world.status(issue)
        assert world.files(issue)["hello.txt"] == b"hello"
    server.kill()
