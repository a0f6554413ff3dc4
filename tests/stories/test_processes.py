"""`nightshift up` as a process: what stops it, what it leaves behind, and what becomes of the night."""

from __future__ import annotations

import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import psutil

from bot.core.tasks import State
from bot.rehearsal.github.faults import Answer
from tests.patience import within
from tests.stories.command_line import PATH, settings_of
from tests.stories.world import World, bash, finish, writes


@contextmanager
def nightshift_up(
    world: World, folder: Path, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    environment = {"PATH": PATH, "HOME": str(folder / "no/such/home"), **settings_of(world), **settings}
    environment.setdefault("PORT", str(a_free_port()))
    process = start(folder, environment)
    try:
        yield process, environment
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "bot", "up"],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def answers(port: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(port))) == 0


def is_ready(port: str) -> bool:
    try:
        return bool(urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).status == HTTPStatus.OK)
    except OSError:  # not yet, or busy with its start
        return False


def whole_tree(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def test_sigterm_during_a_session_leaves_nothing_running_and_the_task_in_the_queue(
    world: World, tmp_path: Path
) -> None:
    issue = world.label_issue(sessions=[[{"hang": 300}], writes("time.txt", "noon")])
    with nightshift_up(world, tmp_path, DRAIN_SECONDS="1") as (process, environment):
        world.wait_until(lambda: answers(environment["PORT"]))
        world.wait_until(lambda: world.script.started(issue) == 1)  # the canary is over
        tree = whole_tree(process)

        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=within(60))

    assert process.returncode == 0, said
    assert [each for each in tree if each.is_running() and each.status() != "zombie"] == []
    assert world.state(issue) is State.QUEUED
    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert len(world.pull_requests()) == 1


def test_what_sigterm_cuts_short_goes_on_from_what_it_had_made(world: World, tmp_path: Path) -> None:
    """Its commits, its loose files and its conversation are kept, and no automatic retry is used up."""
    begun = [bash("echo half > work.txt && git add work.txt && git commit -qm 'Begin'"), bash("echo loose > loose.txt")]
    end = [bash("cat work.txt loose.txt > whole.txt && git add whole.txt && git commit -qm 'End'"), finish()]
    issue = world.label_issue(sessions=[[*begun, {"hang": 300}], end])
    with nightshift_up(world, tmp_path, DRAIN_SECONDS="1") as (process, _):
        world.wait_until(lambda: len(world.model.requests) > len(begun))
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=within(60))
    assert (process.returncode, world.state(issue)) == (0, State.QUEUED), said
    assert world.pull_requests() == []

    world.run_until_idle()
    assert (world.state(issue), world.task(issue).automatic_retries) == (State.IN_REVIEW, 0)
    assert world.files(issue)["whole.txt"] == b"half\nloose\n"
    assert "echo half" in str(world.model.requests[-1].messages)


def test_sigterm_lets_a_session_come_to_its_end_and_starts_nothing_more(world: World, tmp_path: Path) -> None:
    """A second signal would not wait."""
    first = world.label_issue("First", sessions=[[{"hang": 3}, *writes("time.txt", "noon")]])
    with nightshift_up(world, tmp_path, DRAIN_SECONDS="60") as (process, environment):
        world.wait_until(lambda: answers(environment["PORT"]))
        world.wait_until(lambda: world.script.started(first) == 1)
        process.send_signal(signal.SIGTERM)
        second = world.label_issue("Second")
        said, _ = process.communicate(timeout=within(60))

    assert process.returncode == 0, said
    assert world.state(first) is State.IN_REVIEW
    assert world.script.started(second) == 0


def test_a_second_signal_does_not_wait(world: World, tmp_path: Path) -> None:
    issue = world.label_issue(sessions=[[{"hang": 300}]])
    with nightshift_up(world, tmp_path, DRAIN_SECONDS="3600") as (process, environment):
        world.wait_until(lambda: answers(environment["PORT"]))
        world.wait_until(lambda: world.script.started(issue) == 1)
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=within(60))

    assert process.returncode == 0, said
    assert world.state(issue) is State.QUEUED


def test_a_kill_leaves_nothing_running_and_the_next_one_goes_on(world: World, tmp_path: Path) -> None:
    """Not even the web server, which would hold the port; the lost attempt's folder goes with the attempt."""
    issue = world.label_issue(sessions=[[{"hang": 300}], writes("time.txt", "noon")])
    with nightshift_up(world, tmp_path, LEASE_SECONDS="5", SANDBOX="required") as (process, environment):
        world.wait_until(lambda: answers(environment["PORT"]))
        world.wait_until(lambda: world.script.started(issue) == 1)  # the canary is over
        tree = whole_tree(process)
        assert any(each.name() == "bwrap" for each in tree)

        process.send_signal(signal.SIGKILL)
        world.wait_until(lambda: not any(each.is_running() and each.status() != "zombie" for each in tree))

    world.run_until_idle()
    assert world.state(issue) is State.IN_REVIEW
    assert len(world.pull_requests()) == 1


def test_an_outage_of_github_at_the_start_is_waited_for(world: World, tmp_path: Path) -> None:
    """The web server runs meanwhile, so that no delivery is lost."""
    world.github.faults.add([Answer(on="GET /user$", status=502, times=12)])
    issue = world.label_issue(sessions=[writes("time.txt", "noon")])
    with nightshift_up(world, tmp_path) as (process, environment):
        world.wait_until(lambda: answers(environment["PORT"]))
        world.wait_until(lambda: world.tasks().get(issue.number) == State.IN_REVIEW)
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=within(60))

    assert process.returncode == 0, said
    assert "the worker cannot start yet" in said


def test_a_worker_gives_way_to_a_newer_program(world: World, tmp_path: Path) -> None:
    """The newer one has migrated the ledger beside it. What ran is queued again; nothing more is taken."""
    first = world.label_issue("First", sessions=[[{"hang": 300}], writes("time.txt", "noon")])
    ledger = world.services.settings.data_dir / "nightshift.sqlite"
    with nightshift_up(world, tmp_path, WORKERS="1") as (process, environment):
        world.wait_until(lambda: is_ready(environment["PORT"]))
        world.wait_until(lambda: world.script.started(first) == 1)
        second = world.label_issue("Second", sessions=[writes("two.txt", "two")])
        with closing(sqlite3.connect(ledger)) as file, file:
            file.execute("INSERT INTO schema_version VALUES (99)")
        said, _ = process.communicate(timeout=within(60))

    assert process.returncode == 1
    assert "newer Nightshift" in said
    assert "Traceback" not in said
    assert world.state(first) is State.QUEUED
    assert world.script.started(second) == 0

    with closing(sqlite3.connect(ledger)) as file, file:
        file.execute("DELETE FROM schema_version WHERE version = 99")  # the newer one, as far as this one can play it
    world.run_until_idle()
    assert (world.state(first), world.state(second)) == (State.IN_REVIEW, State.IN_REVIEW)


def test_a_ledger_that_breaks_down_stops_the_web_server_too(world: World, tmp_path: Path) -> None:
    """The worker says so and ends with 1; no process answers at the port any more."""
    with nightshift_up(world, tmp_path, POLL_SECONDS="1") as (process, environment):
        world.wait_until(lambda: answers(environment["PORT"]))
        tree = whole_tree(process)
        ledger = world.services.settings.data_dir / "nightshift.sqlite"
        blocked = ledger.with_name(f"{ledger.name}.outbox")
        blocked.unlink(missing_ok=True)
        blocked.mkdir()
        said, _ = process.communicate(timeout=within(60))
        blocked.rmdir()

    assert process.returncode == 1
    assert "the worker stops" in said
    assert "Traceback" not in said
    assert [each for each in tree if each.is_running() and each.status() != "zombie"] == []
    assert not answers(environment["PORT"])
