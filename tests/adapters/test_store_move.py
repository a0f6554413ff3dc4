"""`nightshift db move`: a ledger goes from its file to a server, whole or not at all."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from bot.adapters.settings import Settings
from bot.adapters.store import Store, StoreUnusable, url_of
from bot.adapters.store.migrations import MIGRATIONS
from bot.adapters.store.moving import examine_move, move_ledger
from bot.commands.db import db
from bot.doctor_ledger import check_ledger_server
from tests.adapters.ledger_meaning import NOW, meaning
from tests.adapters.ledger_sample import fill
from tests.postgres_server import empty_ledger, shared_server

pytestmark = pytest.mark.needs("psql")


@pytest.fixture
def source(tmp_path: Path) -> str:
    """The address of a ledger in a file, with something in each table that the sample of old ledgers has."""
    url = url_of(tmp_path / "nightshift.sqlite")
    with closing(Store.open(url)) as store, store.transaction() as ledger:
        fill(ledger)
    return url


@pytest.fixture
def target() -> str:
    return empty_ledger()


def meaning_of(url: str) -> str:
    with closing(Store.open(url)) as store, store.read() as ledger:
        return json.dumps(meaning(ledger), default=str, sort_keys=True)


def ignore(_table: str, _rows: int) -> None:
    pass


def test_all_that_a_ledger_says_is_said_by_the_server_afterwards(source: str, target: str) -> None:
    before, seen = meaning_of(source), dict[str, int]()

    moved = move_ledger(source, target, seen.__setitem__)

    assert meaning_of(target) == before
    assert moved.contents.rows == dict.fromkeys(moved.contents.rows, 0) | seen
    assert not moved.was_there


def test_a_new_row_of_the_server_gets_the_next_number(source: str, target: str) -> None:
    move_ledger(source, target, ignore)

    with closing(Store.open(target)) as store, store.transaction() as ledger:
        assert ledger.deliveries.record(guid="new", event="ping", payload=b"", now=NOW)
        ledger.outbox.post("new", kind="status", payload={}, now=NOW)


def test_what_has_the_file_open_can_change_nothing_and_what_opens_it_learns_why(source: str, target: str) -> None:
    """A web server that runs on the file answers an error, so that GitHub's delivery is not lost."""
    with closing(Store.open(source)) as running:
        move_ledger(source, target, ignore)

        with pytest.raises(StoreUnusable, match="was moved to a PostgreSQL server"), running.transaction() as ledger:
            ledger.deliveries.record(guid="late", event="ping", payload=b"", now=NOW)
        with pytest.raises(StoreUnusable, match="was moved to a PostgreSQL server"):
            running.require_current()
    for again in (lambda: Store.open(source), lambda: move_ledger(source, target, ignore)):
        with pytest.raises(StoreUnusable, match="was moved to a PostgreSQL server"):
            again()


def test_what_is_written_while_it_moves_is_refused_or_moved(source: str, target: str) -> None:
    """A writer that runs all the time: each delivery that it could store is on the server afterwards."""
    stored, begun = list[str](), threading.Event()

    def deliver() -> None:
        with closing(Store.open(source)) as store:
            try:
                for number in range(100_000):
                    with store.transaction() as ledger:
                        ledger.deliveries.record(guid=f"g{number}", event="ping", payload=b"", now=NOW)
                    stored.append(f"g{number}")
                    begun.set()
            except StoreUnusable:
                return

    writer = threading.Thread(target=deliver)
    writer.start()
    begun.wait(30)
    move_ledger(source, target, ignore)
    writer.join()

    with closing(Store.open(target)) as store, store.read() as ledger:
        assert ledger.deliveries.select_known(stored) == frozenset(stored)


def test_a_move_that_fails_leaves_both_as_they_were(source: str, target: str) -> None:
    before = meaning_of(source)

    def fail(table: str, _rows: int) -> None:
        if table == "outbox":
            raise ValueError("cut off")

    with pytest.raises(ValueError, match="cut off"):
        move_ledger(source, target, fail)

    assert meaning_of(source) == before
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT count(*) FROM tasks").fetchone() == (0,)
    assert not move_ledger(source, target, ignore).was_there


def test_a_move_that_was_cut_off_before_the_mark_is_completed(source: str, target: str, tmp_path: Path) -> None:
    """The server has all rows already; they are compared, and the file is marked."""
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes((tmp_path / "nightshift.sqlite").read_bytes())
    move_ledger(url_of(copy), target, ignore)

    assert move_ledger(source, target, ignore).was_there
    with pytest.raises(StoreUnusable, match="was moved"):
        Store.open(source)


def test_a_server_with_other_rows_is_left_alone(source: str, target: str) -> None:
    with closing(Store.open(target)) as store, store.transaction() as ledger:
        ledger.deliveries.record(guid="other", event="ping", payload=b"", now=NOW)

    with pytest.raises(StoreUnusable, match="holds other rows already"):
        move_ledger(source, target, ignore)

    assert examine_move(source).rows["tasks"] > 0


def typed(*arguments: str, folder: Path, database: str | None = None) -> tuple[int, str]:
    environment = {"DATA_DIR": str(folder), "DATABASE_URL": database}
    result = CliRunner().invoke(db, arguments, env=environment, catch_exceptions=False)
    return result.exit_code, result.stdout


def test_the_commands_say_what_is_where_and_a_dry_run_changes_nothing(source: str, target: str, tmp_path: Path) -> None:
    before = meaning_of(source)

    code, said = typed("status", "--json", folder=tmp_path)
    assert (code, json.loads(said)["rows"]["tasks"] > 0, json.loads(said)["steps"]) == (0, True, [])
    code, said = typed("move", "--dry-run", folder=tmp_path, database=target)
    assert "would be moved" in said
    assert meaning_of(source) == before

    code, said = typed("move", "--json", folder=tmp_path, database=target.replace("nightshift@", "nightshift:hunter2@"))
    assert (code, json.loads(said)["to"]) == (0, target)
    assert "hunter2" not in said
    assert "not used any more" in typed("status", folder=tmp_path)[1]
    assert f"{target}: up to date" in typed("status", folder=tmp_path, database=target)[1]


def test_doctor_says_what_is_wrong_with_the_server(target: str, tmp_path: Path) -> None:
    wrong = target.replace(f":{shared_server().port}/", ":1/")
    (ok,), (away,) = (
        check_ledger_server(Settings.model_validate({"database_url": url, "data_dir": tmp_path}))
        for url in (target, wrong)
    )

    assert (ok.verdict, ok.says) == ("ok", f"{target}: up to date (schema {MIGRATIONS[-1].version})")
    assert (away.verdict, away.stops) == ("wrong", True)
    assert "cannot be reached" in away.says
    assert check_ledger_server(Settings.model_validate({"data_dir": tmp_path})) == []


def test_migrate_says_the_steps_that_are_left_and_takes_them(tmp_path: Path) -> None:
    server = shared_server()
    url = server.url(server.create_database())

    _, said = typed("migrate", "--dry-run", folder=tmp_path, database=url)
    assert said.startswith("1: the first ledger\n")
    assert typed("migrate", "--dry-run", folder=tmp_path, database=url)[1] == said
    assert typed("migrate", folder=tmp_path, database=url)[1] == said
    assert "is up to date" in typed("migrate", folder=tmp_path, database=url)[1]
    server.drop(url)
