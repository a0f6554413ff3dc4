"""One Temporal server for each process of the tests; each test has queues that no other test reads."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.adapters.executors.connection import Place
from bot.adapters.executors.temporal import TemporalExecutor
from tests.adapters.fleet.servers import KEY, Hosts, TemporalServer, hosts_of

HEARTBEAT = timedelta(seconds=3)


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    server = TemporalServer(tmp_path_factory.mktemp("temporal"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def place(temporal_server: TemporalServer) -> Place:
    return place_on(temporal_server)


@pytest.fixture
def hosts(place: Place, tmp_path: Path) -> Iterator[Hosts]:
    with hosts_of(place, tmp_path) as hosts:
        yield hosts


@pytest.fixture
def executor(place: Place) -> Iterator[TemporalExecutor]:
    executor = open_executor(place)
    yield executor
    executor.close()


def place_on(server: TemporalServer) -> Place:
    return Place(address=server.address, keys=(KEY,), queue=f"q-{uuid.uuid4().hex[:12]}")


def open_executor(place: Place, heartbeat: timedelta = HEARTBEAT) -> TemporalExecutor:
    return TemporalExecutor(place, longest=timedelta(minutes=5), heartbeat=heartbeat)
