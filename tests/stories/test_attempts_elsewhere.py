"""An attempt runs on another host, which can read and nothing else, and the control plane publishes what it made."""

from __future__ import annotations

import base64
import gzip
import io
import os
import shutil
import signal
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.evidence import EvidenceStore
from bot.core.failures import FailureKind
from bot.core.tasks import State
from tests.stories.app_world import an_app_world
from tests.stories.child_processes import ChildProcesses, host_environment
from tests.stories.world import REPOSITORY, World, a_world, bash, finish, writes

SECRETS = (b"ghp_thetokenofthebot", b"sk-thekeyofthemodel", b"a secret of the webhook")


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[World, ChildProcesses]]:
    """The host holds Claude's credential and no token: the repository is public."""
    with a_world(tmp_path, OBJECT_STORE=str(tmp_path / "shared"), LEASE_SECONDS="5") as world:
        executor = a_host(world, tmp_path)
        yield world, executor
        executor.close()
        world.check()


def a_host(world: World, folder: Path, **more: str) -> ChildProcesses:
    """It carries the attempts out from now on."""
    executor = ChildProcesses(folder / "executor", {**host_environment(world, folder), **more})
    world.services = replace(world.services, other_executor=executor)
    return executor


def read_all(shared: Path) -> bytes:
    """All that is in object storage, also within archives and packed files."""
    read = list[bytes]()
    for path in (each for each in shared.rglob("*") if each.is_file()):
        read.append(path.read_bytes())
        if tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                files = [(each.name, archive.extractfile(each)) for each in archive]
                contents = [(name, file.read()) for name, file in files if file is not None]
            read += [gzip.GzipFile(fileobj=io.BytesIO(text)).read() for name, text in contents if name.endswith(".gz")]
    return b"\n".join(read)


def test_a_host_makes_what_the_control_plane_publishes(host: tuple[World, ChildProcesses], tmp_path: Path) -> None:
    """Neither order nor result holds a credential, and the evidence can be verified where it is kept."""
    world, executor = host
    issue = world.label_issue("Add a file", sessions=[writes("hello.txt", "hello")])

    world.run_until_idle(seconds=120)

    assert world.state(issue) is State.IN_REVIEW, world.status(issue)
    assert world.files(issue)["hello.txt"] == b"hello"
    assert [order.name for order in executor.started] == [f"octo.clock-{issue.number}-1-1"]
    assert not list(executor.folder.glob("*")), "the executor was not told that it is over"
    stored = read_all(tmp_path / "shared")
    assert b"hello.txt" in stored
    assert [secret for secret in SECRETS if secret in stored] == []
    assert [each.holds for each in EvidenceStore(tmp_path / "data/evidence").verify(issue, 1)] == [True]
    assert not list((tmp_path / "host/evidence").rglob("*.jsonl")), "evidence was left on the host"
    assert not list((tmp_path / "host/ordered").glob("*"))


def test_a_control_plane_that_ends_leaves_it_running_and_the_next_one_publishes_it(
    host: tuple[World, ChildProcesses],
) -> None:
    world, executor = host
    issue = world.open_issue("Add a file", sessions=[writes("hello.txt", "hello")])

    with world.worker():
        world.label(issue)
        world.wait_until(lambda: executor.started, seconds=60)
    assert world.state(issue) is State.RUNNING
    world.run_until_idle(seconds=120)

    assert world.state(issue) is State.IN_REVIEW, world.status(issue)
    assert len(executor.started) == 1, "a second session was paid for"
    assert (world.task(issue).attempts, len(world.pull_requests())) == (1, 1)
    assert world.task(issue).fence > executor.started[0].fence


def test_a_cancelled_attempt_is_stopped_on_its_host(host: tuple[World, ChildProcesses]) -> None:
    world, executor = host
    issue = world.open_issue("Wait", sessions=[[bash("sleep 300"), finish()]])

    with world.worker() as worker:
        world.label(issue)
        world.wait_until(lambda: world.last_step(issue), seconds=60)
        world.comment(issue, "/cancel")
        world.wait_until(lambda: not list(executor.folder.glob("*")), seconds=60)
        world.wait_until_idle(worker)

    assert world.state(issue) is State.CANCELLED
    assert not world.pull_requests()


def test_a_lost_host_costs_a_session_and_nothing_else(host: tuple[World, ChildProcesses]) -> None:
    """The executor knows the attempt no more: it is tried again."""
    world, executor = host
    issue = world.open_issue("Add a file", sessions=[[bash("sleep 300"), finish()], writes("hello.txt", "hello")])

    with world.worker():
        world.label(issue)
        world.wait_until(lambda: world.last_step(issue), seconds=60)
        os.killpg(executor.running[executor.started[0].name].pid, signal.SIGKILL)
        shutil.rmtree(executor.folder / executor.started[0].name)
        world.wait_until(lambda: world.failure(issue) is FailureKind.WORKER_LOST or len(executor.started) > 1)
    assert world.task(issue).attempts <= 2
    assert not world.pull_requests()


def test_a_host_reads_a_private_repository_with_the_token_of_its_order(tmp_path: Path) -> None:
    """An App's token for this repository, which can read: it lies in object storage encrypted."""
    key = base64.b64encode(b"k" * 32).decode()
    with an_app_world(tmp_path, OBJECT_STORE=str(tmp_path / "shared"), PAYLOAD_KEY=key) as world:
        world.github.world.repository(REPOSITORY).private = True
        executor = a_host(world, tmp_path, PAYLOAD_KEY=key)
        issue = world.label_issue("Add a file", sessions=[writes("hello.txt", "hello")])
        world.run_until_idle(seconds=120)
        executor.close()

        assert world.state(issue) is State.IN_REVIEW, world.status(issue)
        stored = read_all(tmp_path / "shared")
        assert b'"sealed":"' in stored
        assert b"ghs_" not in stored
