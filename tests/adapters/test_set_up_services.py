"""Services run beside the commands of a set-up too, and what these wrote is there for sessions and checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.adapters.git import Mirror
from bot.adapters.process import run
from bot.adapters.services import find_services, starting
from bot.core.failures import FailureKind, TaskFailed
from bot.core.services import RepositoryServices, Service
from tests.adapters.cells import PATH, PYTHON, a_cell, bubblewrap
from tests.adapters.set_ups import SetUps
from tests.git_host import GitHost

pytestmark = pytest.mark.needs("bwrap")

MIGRATIONS = {
    "postgresql": (
        "psql $DATABASE_URL -qc 'create table t (x int); insert into t values (7)'",
        "psql -Atc 'select x from t'",
    ),
    "redis": ("redis-cli -u $REDIS_URL set x 7", "redis-cli get x"),
    "mysql": (
        'mysql -h $MYSQL_HOST -u $MYSQL_USER $MYSQL_DATABASE -e "create table t (x int); insert into t values (7)"',
        'mysql -h $MYSQL_HOST -u $MYSQL_USER $MYSQL_DATABASE -Ne "select x from t"',
    ),
}


NEEDS = {"postgresql": "psql", "redis": "redis-server", "mysql": "mariadbd"}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.needs(program)) for kind, program in NEEDS.items()]
)
def test_what_a_migration_wrote_is_there_for_the_next_command_and_for_checks(
    git_host: GitHost, mirror: Mirror, tmp_path: Path, kind: str
) -> None:
    services = find_services([kind])
    assert services.missing == ()
    set_ups, (write, read) = SetUps(git_host, mirror, tmp_path), MIGRATIONS[kind]
    settings = f"services: [{kind}]\nsetup:\n- |\n  {write}\n- |\n  {read} > seen\n"

    environment = set_ups.provide(set_ups.commit({"x": "x"}), settings)

    assert environment.failure is None, environment.failure
    assert environment.layer is not None
    assert (environment.layer / "tree/seen").read_text() == "7\n"
    cell = a_cell(tmp_path / "check")
    home = cell.writable[1]
    environment.fill(home=home)
    bubblewrap().give(cell.number, [home])
    command = [*starting(services, home, Path(PYTHON)), "/bin/bash", "-c", read]
    given = {**PATH, "HOME": str(home), **services.variables}
    done = run(bubblewrap().wrap(command, cell=cell), cwd=Path("/"), env=given, seconds=120, codes=None)
    assert (done.code, done.text) == (0, "7")


def test_another_service_makes_another_layer(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    """What the one wrote, the other may not read."""
    set_ups = SetUps(git_host, mirror, tmp_path)
    commit = set_ups.commit({"x": "x"})
    source = replace(set_ups.source(commit, "setup: ['true']\n"), services=RepositoryServices())
    other = RepositoryServices(found=(Service(kind="redis", programs=("/opt/redis-9/bin/redis-server",)),))

    found = [set(set_ups.environments._conditions(each)) for each in (source, replace(source, services=other))]

    assert found[1] - found[0] == {"redis /opt/redis-9/bin/redis-server"}


def test_one_that_does_not_start_is_a_fault_of_the_host(git_host: GitHost, mirror: Mirror, tmp_path: Path) -> None:
    """No session is paid for, and the repository's commands are not blamed."""
    set_ups = SetUps(git_host, mirror, tmp_path)
    source = set_ups.source(set_ups.commit({"x": "x"}), "setup: ['true']\n")
    broken = RepositoryServices(found=(Service(kind="redis", programs=("/bin/false",)),))

    with pytest.raises(TaskFailed, match="Redis did not start") as failed:
        set_ups.environments.provide(replace(source, services=broken), tmp_path / "attempt", should_stop=lambda: None)

    assert failed.value.kind is FailureKind.SETUP_FAILED
    assert set_ups.layers() == []
