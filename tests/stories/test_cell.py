"""What a session can reach from its cell, told from the label to the pull request."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.core.failures import FailureKind
from bot.core.tasks import State
from tests.stories.world import World, a_world, bash, finish, text_of, tools, writes

pytestmark = pytest.mark.needs("bwrap")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path, SANDBOX="required") as made:
        yield made
        made.check()


@pytest.fixture
def service() -> Iterator[socket.socket]:
    """A service of the host, on its loopback: a database without a password, say."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def was_reached(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def program(name: str, text: str) -> dict[str, object]:
    """A turn in which the session writes a program."""
    return tools({"Write": {"file_path": name, "content": text}})


def going(name: str, text: str, places: str) -> list[dict[str, object]]:
    """The session writes a program that goes to these places, and runs it; `seen.txt` tells what it met."""
    return [program(name, text), program("places", places), bash(f"python3 {name} > seen.txt")]


# The gate would refuse a command that names these places. What a program finds in a file, only the cell can hold.
KNOCK = """
import urllib.request
for address in open("places").read().split():
    try:
        print(address, urllib.request.urlopen(address, timeout=5).status)
    except Exception as error:
        print(address, "closed", error)
"""


def test_a_session_works_as_ever_in_its_cell(world: World) -> None:
    """The model is reached through the filter, commits come out, and the evidence names the ledger's digest."""
    issue = world.label_issue("Tell the time", sessions=[writes("time.txt", "noon")])

    world.run_until_idle()

    (pull,) = world.pull_requests()
    assert world.files(issue)["time.txt"] == b"noon"
    assert re.search(r"The gate's log \| `[0-9a-f]{64}`", text_of(pull))
    assert "not reached" not in text_of(pull)


def test_nothing_of_the_network_is_reached_and_the_pull_request_says_what_was_tried(
    world: World, service: socket.socket
) -> None:
    """Neither the host's loopback nor a cloud's metadata nor a host that no lockfile names."""
    here = f"http://127.0.0.1:{service.getsockname()[1]}/"
    places = f"{here} http://169.254.169.254/latest https://collect.example/ http://plain.example/"
    knocks = [*going("knock.py", KNOCK, places), finish()]
    issue = world.label_issue(sessions=[knocks])

    world.run_until_idle()

    seen = world.files(issue)["seen.txt"].decode().splitlines()
    assert len(seen) == 4
    assert all(" closed " in line for line in seen), seen
    assert not was_reached(service)
    (pull,) = world.pull_requests()
    shown = text_of(pull).split("Hosts that the session asked for and could not reach:")[1].splitlines()[1:4]
    assert shown == ["- `169.254.169.254:80`", "- `collect.example:443`", "- `plain.example:80`"]


def test_the_registries_of_the_base_commit_are_open_and_no_others(world: World) -> None:
    """A lockfile that the session writes opens nothing."""
    world.github.push_commit("octo/clock", "main", {"go.sum": ""}, by="ada")
    mine = '{"packages": {"a": {"resolved": "https://collect.example/a.tgz"}}}'
    tries = [
        program("package-lock.json", mine),
        *going("knock.py", KNOCK, "https://collect.example/ https://proxy.golang.org/"),
        finish(),
    ]
    issue = world.label_issue(sessions=[tries])

    world.run_until_idle()

    assert b"collect.example" in world.files(issue)["seen.txt"]
    (pull,) = world.pull_requests()
    assert "- `collect.example:443`" in text_of(pull)
    assert "- `proxy.golang.org" not in text_of(pull)


LOOK = """
import os
for path in open("places").read().split():
    try:
        print(path, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100))
    except OSError as error:
        print(path, "is not there")
print("processes", sum(map(str.isdigit, os.listdir("/proc"))))
"""


def test_nothing_of_the_host_is_seen(world: World, tmp_path: Path) -> None:
    """Not the operator's HOME, the data folder, the keys of /etc, this checkout, or another process."""
    data = world.services.settings.data_dir
    hidden = [
        Path.home() / ".bashrc",
        data / "nightshift.sqlite",
        data / "evidence",
        Path("/etc/shadow"),
        Path(__file__),
    ]
    looks = [*going("look.py", LOOK, " ".join(map(str, hidden))), finish()]
    issue = world.label_issue(sessions=[looks])

    world.run_until_idle()

    *seen, processes = world.files(issue)["seen.txt"].decode().splitlines()
    assert [line for line in seen if not line.endswith("is not there")] == []
    assert len(seen) == len(hidden)
    assert int(processes.split()[1]) < 15


@pytest.mark.parametrize(
    ("setting", "most", "takes", "says"),
    [
        ("SESSION_MEMORY_GB", "0.8", "held = b'x' * (1000 << 20)", "MiB of memory; 819 are allowed"),
        ("SESSION_PROCESSES", "60", "[os.fork() or time.sleep(90) for _ in range(70)]", "60 are allowed"),
    ],
    ids=["memory", "processes"],
)
def test_a_session_that_takes_too_much_of_the_host_is_stopped(
    setting: str, most: str, takes: str, says: str, tmp_path: Path
) -> None:
    """And the comment says of what."""
    text = f"import os\nimport time\n{takes}\ntime.sleep(90)\n"
    with a_world(tmp_path, SANDBOX="required", **{setting: most}) as world:
        session = [program("take.py", text), bash("python3 take.py"), finish()]
        issue = world.label_issue(sessions=[session])
        world.run_until_idle()

        assert (world.state(issue), world.task(issue).failure) == (State.FAILED, FailureKind.BUDGET_EXHAUSTED)
        assert says in world.status(issue)
        world.check()


def test_a_session_that_fills_its_ceiling_is_stopped(tmp_path: Path) -> None:
    """More of the same would not help, so nothing is tried again by itself; the comment says what it took."""
    flood = "f = open('flood', 'wb')\nwhile f.write(bytes(1 << 20)): f.flush()\n"
    with a_world(tmp_path, SANDBOX="required", SESSION_DISK_GB="0.05") as world:
        issue = world.label_issue(sessions=[[program("flood.py", flood), bash("python3 flood.py"), finish()]])
        world.run_until_idle()

        assert (world.state(issue), world.task(issue).failure) == (State.FAILED, FailureKind.BUDGET_EXHAUSTED)
        assert "51 are allowed" in world.status(issue)
        world.check()
