"""An attempt over a real Temporal server: a host is a process of `nightshift executor`, and runs what a host runs."""

from __future__ import annotations

import base64
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.executors.connection import Place
from bot.core.tasks import State
from tests.adapters.fleet.servers import KEY, Hosts, TemporalServer, hosts_of
from tests.stories.world import World, a_world, bash, writes

_ATTEMPT = f"{sys.executable} -m bot attempt"


@dataclass(frozen=True)
class Fleet:
    world: World
    hosts: Hosts
    shared: Path

    def start_host(self, name: str) -> None:
        settings = self.world.services.settings
        key = settings.anthropic_api_key
        assert key is not None
        self.hosts.start(
            name,
            ATTEMPT_COMMAND=_ATTEMPT,
            HOME=str(self.hosts.folder),
            GITHUB_API_URL=settings.github_api_url,
            ANTHROPIC_API_KEY=key.get_secret_value(),
            ANTHROPIC_BASE_URL=str(settings.anthropic_base_url),
            CLAUDE_BIN=str(settings.claude_bin or ""),
            OBJECT_STORE=str(self.shared),
            LANG=os.environ.get("LANG", "C.UTF-8"),
        )


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    folders = {name: tmp_path / name for name in ("temporal", "hosts", "shared")}
    for each in folders.values():
        each.mkdir()
    server = TemporalServer(folders["temporal"])
    server.start()
    place = Place(address=server.address, keys=(KEY,))
    settings = {
        "EXECUTOR": "temporal",
        "TEMPORAL_ADDRESS": server.address,
        "PAYLOAD_KEY": base64.b64encode(KEY).decode(),
        "OBJECT_STORE": str(folders["shared"]),
        "LEASE_SECONDS": "5",
    }
    try:
        with a_world(tmp_path, **settings) as world, hosts_of(place, folders["hosts"]) as hosts:
            yield Fleet(world, hosts, folders["shared"])
            hosts.end_all()
            world.check()
    finally:
        server.kill()


def test_a_host_that_is_killed_in_mid_session_costs_a_session_and_no_second_pull_request(fleet: Fleet) -> None:
    """The first host dies while its session works; the second one begins again, and one pull request comes of it."""
    world = fleet.world
    fleet.start_host("first")
    session = [bash("sleep 4"), *writes("hello.txt", "hello")]
    issue = world.label_issue("Add a file", sessions=[session, session])
    with world.worker() as worker:
        world.wait_until(lambda: "sleep 4" in world.last_step(issue), seconds=120)
        fleet.hosts.signal("first", signal.SIGKILL)
        fleet.start_host("second")
        world.wait_until_idle(worker, seconds=180)

    assert world.state(issue) is State.IN_REVIEW, world.status(issue)
    assert world.files(issue)["hello.txt"] == b"hello"
    assert len(world.pull_requests()) == 1
    assert world.task(issue).attempts == 1
