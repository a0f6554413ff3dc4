"""Services of a repository in its cells: they start with fresh data, are reached there alone, and end with the cell."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.adapters.egress import Egress
from bot.adapters.process import Completed, run
from bot.adapters.sandbox import Cell
from bot.adapters.services import find_services, running_services, starting
from bot.core.failures import FailureKind, TaskFailed
from bot.core.services import KINDS, RepositoryServices, Service, reason_for_end
from tests.adapters.cells import PATH, PYTHON, a_cell, bubblewrap
from tests.adapters.command_servers import Commands, running

pytestmark = pytest.mark.needs("bwrap")

USES = {
    "postgresql": (
        "psql -qAtc 'create table t (x int); insert into t values (1)'; psql $DATABASE_URL -Atc 'select x from t'",
        "psql -Atc 'select count(*) from t'",
    ),
    "redis": (
        "redis-cli -u $REDIS_URL set a 1 >/dev/null; redis-cli -h $REDIS_HOST -p $REDIS_PORT get a",
        "redis-cli exists a",
    ),
    "mysql": (
        "mysql -h $MYSQL_HOST -u $MYSQL_USER $MYSQL_DATABASE -e 'create table t (x int); insert into t values (1)';"
        "mysql -h $MYSQL_HOST -P $MYSQL_PORT -u root -Ne 'select x from test.t'",
        "mysql -h $MYSQL_HOST -u root -Ne 'show tables from test' | grep -c t",
    ),
}
NEEDS = {"postgresql": "psql", "redis": "redis-server", "mysql": "mariadbd"}
EACH = [pytest.param(kind, marks=pytest.mark.needs(program)) for kind, program in NEEDS.items()]


@pytest.fixture
def cell() -> Iterator[Cell]:
    """In a folder that is not in /tmp, with a path as long as a data folder's may be."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made:
        folder = Path(made) / ("long" * 30)
        folder.mkdir()
        Path(made).chmod(0o755)
        yield a_cell(folder)


@dataclass(frozen=True)
class Folders:
    """Those of a session."""

    control: Path
    workspace: Path
    home: Path
    folder: Path


def folders_of(commands: Commands) -> Folders:
    workspace, home = commands.cell.writable
    return Folders(control=commands.shell.parent, workspace=workspace, home=home, folder=commands.folder)


def with_services(services: RepositoryServices, cell: Cell, script: str) -> Completed:
    """A command beside the services, as a check runs."""
    before = starting(services, cell.writable[1], Path(PYTHON))
    environment = {**PATH, "HOME": str(cell.writable[1]), **services.variables}
    wrapped = bubblewrap().wrap([*before, "/bin/bash", "-c", script], cell=cell)
    return run(wrapped, cwd=Path("/"), env=environment, seconds=120, codes=None)


@pytest.mark.parametrize("kind", EACH)
def test_a_service_starts_with_fresh_data_and_the_next_command_finds_it_again(cell: Cell, kind: str) -> None:
    """As the cell's user, also where the bot is root: PostgreSQL refuses root."""
    services = find_services([kind])
    assert services.missing == ()
    write, read = USES[kind]

    assert (with_services(services, cell, write).text, with_services(services, cell, read).text) == ("1", "1")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as other:
        assert with_services(services, a_cell(Path(other)), read).text in {"0", ""}


@pytest.mark.needs("redis-server")
def test_the_commands_exit_code_and_output_are_its_own(cell: Cell) -> None:
    """Nothing of the services is in them, and a command that ends by a signal ends by it."""
    services = find_services(["redis"])

    done = with_services(services, cell, "echo out; echo err >&2; exit 7")
    killed = with_services(services, cell, "kill -9 $$")

    assert (done.code, done.text, done.stderr) == (7, "out", "err\n")
    assert killed.code == 137


@pytest.mark.needs("redis-server")
def test_the_hosts_network_does_not_see_it(cell: Cell) -> None:
    """It listens in the cell's: the same port of the host stays free, and may be taken."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        services = find_services(["redis"])
        done = with_services(
            services, cell, f"redis-cli ping; redis-cli -p {taken.getsockname()[1]} ping 2>&1 | grep -c refused"
        )

    assert done.text.split() == ["PONG", "1"]


@pytest.mark.needs("redis-server")
@pytest.mark.parametrize("also", [[], ["postgresql"], pytest.param(["mysql"], marks=pytest.mark.needs("mariadbd"))])
def test_all_commands_of_a_session_reach_it_and_it_ends_with_the_session(also: list[str]) -> None:
    """They share one network. Its data lies in their HOME."""
    services = find_services(["redis", *also])
    if services.missing:
        pytest.skip(services.obstacle)
    with tempfile.TemporaryDirectory(dir="/var/tmp") as made, Egress(frozenset()) as egress:
        folder = Path(made)
        with running(folder, egress) as commands:
            with running_services(services, folders_of(commands), Path(PYTHON)):
                assert commands.run("redis-cli set a 1") == (0, "OK\n")
                assert commands.run("redis-cli get a; pgrep -c redis-server || true") == (0, "1\n0\n")
                if also:
                    environment = " ".join(f"{name}={value}" for name, value in services.variables.items())
                    asks = {"postgresql": "psql -Atc", "mysql": "mysql -h 127.0.0.1 -u root -Ne"}[also[0]]
                    assert commands.run(f"{environment} {asks} 'select 1'") == (0, "1\n")
            ended = commands.run("while redis-cli ping >/dev/null 2>&1; do sleep 0.1; done; echo gone")
            assert ended == (0, "gone\n")
        pattern = ["pgrep", "-f", str(folder)]
        found = run(pattern, cwd=Path("/"), env=PATH, seconds=30, codes=None, supervised=False)
        assert found.text == ""


@pytest.mark.needs("redis-server")
def test_a_service_that_does_not_start_ends_the_session_before_it_costs_anything() -> None:
    broken = RepositoryServices(found=(Service(kind="redis", programs=("/bin/false",)),))
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as made,
        Egress(frozenset()) as egress,
        running(Path(made), egress) as commands,
        pytest.raises(TaskFailed, match="Redis did not start") as failed,
        running_services(broken, folders_of(commands), Path(PYTHON)),
    ):
        pass

    assert failed.value.kind is FailureKind.SETUP_FAILED


def test_a_check_says_which_service_did_not_start(cell: Cell) -> None:
    """And the command did not run."""
    broken = RepositoryServices(found=(Service(kind="redis", programs=("/bin/false",)),))

    done = with_services(broken, cell, "echo ran > ran")

    assert reason_for_end(done.code, done.text).startswith("Redis did not start")
    assert not (cell.start / "ran").exists()
    assert reason_for_end(1, done.text) == reason_for_end(119, "something else") == reason_for_end(119, "") == ""


@pytest.mark.needs("redis-server")
def test_a_command_that_was_stopped_leaves_data_that_starts_again(cell: Cell) -> None:
    """PostgreSQL notes its process's number, which belongs to another process in the next cell."""
    services = find_services(["redis", "postgresql"])
    if services.missing:
        pytest.skip(services.obstacle)
    file = cell.writable[1] / ".nightshift-services/postgresql/data/postmaster.pid"
    redis = with_services(
        services, cell, f"psql -qc 'create table t (x int)'; cp {file} ~/kept; pgrep redis-server"
    ).text
    file.write_text(f"{redis}\n" + (cell.writable[1] / "kept").read_text().split("\n", 1)[1])

    assert with_services(services, cell, "psql -Atc 'select count(*) from t'").text == "0"


def test_what_is_not_installed_is_named(tmp_path: Path) -> None:
    services = find_services(["redis", "redis"], system=[str(tmp_path)])

    assert (services.found, services.missing) == ((), ("redis",))
    assert services.obstacle == "Redis is named under `services:` but not installed here"
    assert services.variables == {}


@pytest.mark.parametrize("kinds", [["postgresql", "mysql"], ["mysql", "postgresql"], ["redis"], []])
def test_the_address_of_a_database_is_that_of_the_first_one(kinds: list[str]) -> None:
    services = RepositoryServices(found=tuple(Service(kind=kind, programs=()) for kind in kinds))

    first = kinds[0] if kinds and kinds[0] != "redis" else None
    assert services.variables.get("DATABASE_URL", "") == (KINDS[first].url if first else "")
    assert ("REDIS_URL" in services.variables) == ("redis" in kinds)
