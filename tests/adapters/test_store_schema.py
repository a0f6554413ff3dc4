"""The database enforces the laws by itself, and comes to be by numbered steps that are only ever added."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import re
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from types import MappingProxyType

import pytest
from sqlalchemy import Table, create_engine, insert, inspect
from sqlalchemy.exc import OperationalError

from bot.adapters.store import Store, StoreUnusable
from bot.adapters.store.migrations import MIGRATIONS, Migration
from bot.adapters.store.migrations.migration import spell
from bot.adapters.store.schema import METADATA, VERSIONS
from bot.core.tasks import State
from tests.patience import within

PROCESSES = multiprocessing.get_context("spawn")
TASK: dict[str, object] = {
    "repository": "octo/tools",
    "number": 1,
    "state": "queued",
    "priority": 1,
    "snapshot": "{}",
    "overrides": "{}",
    "detail": "",
    "attempts": 0,
    "automatic_retries": 0,
    "blocked_by": 0,
    "fence": 0,
    "created_at": 0,
    "updated_at": 0,
    "queued_at": 0,
}
RUNNING: dict[str, object] = {"state": "running", "slot": 0, "worker": "w", "lease_until": 1, "fence": 1}


def schema_of(path: Path) -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as file:
        return set(file.execute("SELECT type, name, sql FROM sqlite_master"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.db"
    Store.open(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def file(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA foreign_keys = ON")
        yield file


def put(file: sqlite3.Connection, table: str, row: Mapping[str, object]) -> None:
    """Write past the program: what is refused here, the database refuses."""
    marks = ", ".join("?" * len(row))
    file.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))  # noqa: S608 - our names


def put_task(file: sqlite3.Connection, unusual: Mapping[str, object] = MappingProxyType({})) -> None:
    put(file, "tasks", {**TASK, **unusual})


def test_one_task_for_one_issue(file: sqlite3.Connection) -> None:
    put_task(file)
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE.*repository, tasks\.number"):
        put_task(file)


def test_no_two_runs_in_one_slot_of_a_repository(file: sqlite3.Connection) -> None:
    """Whatever a program does; and a second slot, or another repository, is free."""
    put_task(file, RUNNING)
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE.*repository, tasks\.slot"):
        put_task(file, RUNNING | {"number": 2, "fence": 2})

    put_task(file, RUNNING | {"number": 2, "fence": 2, "slot": 1})
    put_task(file, RUNNING | {"repository": "octo/other", "fence": 3})


def test_no_two_claims_with_one_fence(file: sqlite3.Connection) -> None:
    put_task(file, {"fence": 1})
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE.*fence"):
        put_task(file, {"number": 2, "fence": 1})


@pytest.mark.parametrize("missing", ["slot", "worker", "lease_until"])
def test_a_running_task_holds_a_lease_and_no_other_does(file: sqlite3.Connection, missing: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="only_a_running_task_holds_a_lease"):
        put_task(file, RUNNING | {missing: None})
    with pytest.raises(sqlite3.IntegrityError, match="only_a_running_task_holds_a_lease"):
        put_task(file, {missing: RUNNING[missing]})


def test_a_failed_task_says_why(file: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="a_failed_task_says_why"):
        put_task(file, {"state": "failed"})


@pytest.mark.parametrize("column", ["blocked_by", "attempts", "automatic_retries", "fence"])
def test_counts_never_fall_below_zero(file: sqlite3.Connection, column: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=f"CHECK.*{column}"):
        put_task(file, {column: -1})


def test_the_states_are_those_of_the_vocabulary(file: sqlite3.Connection) -> None:
    """Each of them is taken, and nothing else."""
    for number, state in enumerate(State, start=1):
        lease = RUNNING if state is State.RUNNING else {}
        put_task(file, lease | {"number": number, "state": state, "failure": "x"})
    with pytest.raises(sqlite3.IntegrityError, match=r"CHECK.*state"):
        put_task(file, {"number": 99, "state": "blocked"})


def test_blockers_and_attempts_belong_to_a_task(file: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        put(file, "blockers", {"task_id": 7, "repository": "octo/tools", "number": 1, "position": 0, "met": 0})


def test_there_is_one_pause_for_each_cause(file: sqlite3.Connection) -> None:
    put(file, "pauses", {"cause": "person", "reason": "", "since": 0})
    put(file, "pauses", {"cause": "usage_limit", "reason": "", "since": 0})
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE.*cause"):
        put(file, "pauses", {"cause": "person", "reason": "", "since": 1})


@pytest.mark.parametrize("table", list(METADATA.tables.values()), ids=str)
def test_statements_see_the_tables_as_the_steps_made_them(path: Path, table: Table) -> None:
    """Every column that the program names exists, with the same kind of value, and none is left out."""
    engine = create_engine(f"sqlite:///{path}")
    with closing(engine.raw_connection()):
        found = {column["name"]: column["type"] for column in inspect(engine).get_columns(table.name)}
    engine.dispose()

    assert list(found) == [column.name for column in table.columns]
    for column in table.columns:
        assert found[column.name]._type_affinity is column.type._type_affinity, column


def test_steps_are_numbered_without_a_gap() -> None:
    assert [migration.version for migration in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: str(migration.title))
def test_a_ledger_of_any_age_becomes_what_a_new_one_is(tmp_path: Path, path: Path, migration: Migration) -> None:
    """From the state after each step, opening leads to the same tables and indexes as from nothing."""
    old = tmp_path / "old.db"
    engine = create_engine(f"sqlite:///{old}")
    for step in MIGRATIONS[: migration.version]:
        with engine.begin() as connection:
            step.apply(connection)
            connection.execute(insert(VERSIONS).values(version=step.version))
    engine.dispose()

    Store.open(f"sqlite:///{old}").close()

    assert schema_of(old) == schema_of(path)


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """A ledger that cannot be brought up to date stays as it was; here a table of that name is in the way."""
    path = tmp_path / "ledger.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE schema_version (version INTEGER PRIMARY KEY)")
        file.execute("CREATE TABLE pause (mine TEXT)")
    before = schema_of(path)

    with pytest.raises(OperationalError, match="already exists"):
        Store.open(f"sqlite:///{path}")

    assert schema_of(path) == before


def test_a_step_says_all_that_it_needs_in_words_of_either_database() -> None:
    """Nothing is left to fill in, and PostgreSQL gets none of SQLite's own words."""
    for migration in MIGRATIONS:
        spelled = " ".join(spell((*migration.statements, *migration.afterwards), "postgresql"))
        assert not {"{", "}", "AUTOINCREMENT", "PRAGMA", "BLOB"} & set(re.findall(r"\w+|[{}]", spelled))


def test_opening_again_changes_nothing(path: Path) -> None:
    before = schema_of(path)

    Store.open(f"sqlite:///{path}").close()

    assert schema_of(path) == before


def test_a_newer_ledger_is_refused_and_left_alone(path: Path, file: sqlite3.Connection) -> None:
    put_task(file)
    put(file, "schema_version", {"version": 99})

    with pytest.raises(StoreUnusable, match=r"newer Nightshift \(its schema is 99.*run the newer Nightshift"):
        Store.open(f"sqlite:///{path}")

    assert file.execute("SELECT count(*) FROM tasks").fetchone() == (1,)


def test_the_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as file, file:
        file.execute("CREATE TABLE songs (title TEXT)")

    with pytest.raises(StoreUnusable, match=r"not a Nightshift ledger \(it holds songs\): name another file"):
        Store.open(f"sqlite:///{tmp_path / 'other.db'}")

    with closing(sqlite3.connect(tmp_path / "other.db")) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("songs",)]


def test_every_commit_is_on_disk_and_the_file_is_its_owners(path: Path) -> None:
    """WAL outlives the process; the file holds issue texts, so that no other user may read it."""
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert path.stat().st_mode & 0o077 == 0


def open_with_others(folder: Path, together: Barrier) -> None:
    for number in range(5):
        together.wait(timeout=within(20))
        Store.open(f"sqlite:///{folder}/{number}.db").close()


def test_web_and_worker_may_open_a_new_ledger_at_the_same_moment(tmp_path: Path) -> None:
    """The first one makes it, the others find it made: none fails on another's lock."""
    together = PROCESSES.Barrier(3)
    openers = [PROCESSES.Process(target=open_with_others, args=(tmp_path, together)) for _ in range(3)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join(timeout=within(60))

    assert [opener.exitcode for opener in openers] == [0, 0, 0]


def test_one_opens_while_the_others_wait(tmp_path: Path) -> None:
    """No process touches a new ledger while another makes it: a race would show only now and then."""
    path, opened = tmp_path / "ledger.db", threading.Event()

    def open_it() -> None:
        Store.open(f"sqlite:///{path}").close()
        opened.set()

    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    threading.Thread(target=open_it).start()
    assert not opened.wait(timeout=0.5)
    assert not path.exists()

    os.close(folder)

    assert opened.wait(timeout=within(60))
