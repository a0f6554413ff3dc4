"""The ledger on a PostgreSQL server: its faults are clear sentences, and a restart of it loses nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from bot.adapters.store import Store, StoreUnusable, show_address
from bot.adapters.store.migrations import MIGRATIONS
from tests.adapters.page_calls import NOW
from tests.adapters.store_calls import OFTEN
from tests.patience import eventually
from tests.postgres_server import PostgresServer, empty_ledger, find_programs, make_server, shared_server

pytestmark = pytest.mark.needs("psql")
SHORT = timedelta(milliseconds=300)


@pytest.fixture
def server() -> PostgresServer:
    return shared_server()


@pytest.fixture
def url() -> str:
    return empty_ledger()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """One that a test may stop."""
    programs = find_programs()
    assert programs is not None
    server = make_server(programs)
    server.start()
    yield server
    server.remove()


def keep(store: Store, value: str) -> None:
    with store.transaction() as ledger:
        ledger.http_cache.keep("k", etag="", value=value, now=NOW)


def kept(store: Store) -> str | None:
    with store.read() as ledger:
        answer = ledger.http_cache.of("k")
        return None if answer is None else answer.value


def unheard(url: str) -> str:
    """The same address, where nothing listens."""
    return url.replace(f":{shared_server().port}/", ":1/")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (unheard, "the server cannot be reached"),
        (lambda url: url.rsplit("/", 1)[0] + "/missing", "the server has no such database"),
        (lambda url: url.replace("nightshift@", "eve:hunter2@"), "does not let this user in"),
        (lambda url: url.replace("127.0.0.1", "nowhere.invalid"), "the server cannot be reached"),
    ],
)
def test_what_cannot_be_opened_is_named_without_its_password(
    url: str, change: Callable[[str], str], complaint: str
) -> None:
    with pytest.raises(StoreUnusable, match=complaint) as refused:
        Store.open(change(url).replace("nightshift@", "nightshift:hunter2@") + "?application_name=hunter2")

    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is not None
    assert "hunter2" not in str(refused.value.__cause__)


def test_a_wrong_password_is_named(server: PostgresServer) -> None:
    """The server asks for one where its pg_hba.conf says so."""
    rules = server.folder / "data/pg_hba.conf"
    before = rules.read_text()
    with server.connect("postgres") as admin:
        admin.execute("CREATE ROLE ada LOGIN PASSWORD 'right'")
        rules.write_text("host all ada 127.0.0.1/32 scram-sha-256\n" + before)
        admin.execute("SELECT pg_reload_conf()")
    address = f"postgresql://ada:hunter2@127.0.0.1:{server.port}/postgres"
    try:
        eventually(lambda: _is_asked_for_a_password(server))
        with pytest.raises(StoreUnusable, match="does not let this user in") as refused:
            Store.open(address)
        assert "hunter2" not in str(refused.value)
    finally:
        rules.write_text(before)
        with server.connect("postgres") as admin:
            admin.execute("SELECT pg_reload_conf()")


def _is_asked_for_a_password(server: PostgresServer) -> bool:
    try:
        psycopg.connect(f"postgresql://ada@127.0.0.1:{server.port}/postgres").close()
    except psycopg.OperationalError:
        return True
    return False


def test_an_address_is_shown_without_what_it_keeps_secret() -> None:
    shown = show_address("postgres://me:hunter2@db.example.org:5433/nightshift?sslpassword=hunter2")

    assert shown == "postgresql://me@db.example.org:5433/nightshift"


def test_an_empty_database_gets_all_steps_and_opening_again_changes_nothing(server: PostgresServer) -> None:
    url = server.url(server.create_database())
    for _ in range(2):
        with closing(Store.open(url)) as store:
            keep(store, "1")

    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
    assert rows == [(step.version,) for step in MIGRATIONS]
    server.drop(url)


def test_several_that_open_an_empty_database_at_once_make_it_once(server: PostgresServer) -> None:
    url, failed = server.url(server.create_database()), list[BaseException]()

    def open_it() -> None:
        try:
            Store.open(url).close()
        except BaseException as error:  # noqa: BLE001 - reported below
            failed.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    server.drop(url)


def test_the_database_of_another_program_is_refused_and_left_alone(server: PostgresServer) -> None:
    url = server.url(server.create_database())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")

    with pytest.raises(StoreUnusable, match=r"not a Nightshift ledger \(it holds songs\)"):
        Store.open(url)
    server.drop(url)


def test_every_call_of_the_ledger_is_one_that_the_server_takes(url: str) -> None:
    """None of them finds anything: a statement that SQLite alone takes fails whatever there is."""
    with closing(Store.open(url)) as store:
        for asked in OFTEN.values():
            with suppress(LookupError, IntegrityError), store.transaction() as ledger:  # there is no such task
                asked(ledger)


def test_a_lock_held_for_too_long_is_reported(url: str) -> None:
    with closing(Store.open(url)) as one, closing(Store.open(url, busy_timeout=SHORT)) as other:
        with one.transaction(), pytest.raises(StoreUnusable, match="another process holds it locked for too long"):
            keep(other, "1")

        keep(other, "2")
        assert kept(one) == "2"


def test_a_writer_that_is_frozen_in_its_transaction_is_ended_by_the_server(url: str) -> None:
    """The others go on, and what it did is undone."""
    with closing(Store.open(url, busy_timeout=SHORT)) as frozen, closing(Store.open(url)) as other:
        lost = pytest.raises(StoreUnusable, match="connection was lost within a transaction")
        with lost, frozen.transaction() as ledger:
            ledger.http_cache.keep("k", etag="", value="frozen", now=NOW)
            keep(other, "other")  # waits until the server has ended the transaction of the first
            ledger.http_cache.keep("k", etag="", value="late", now=NOW)
        assert kept(other) == "other"


def test_a_restart_of_the_server_is_waited_for(own_server: PostgresServer) -> None:
    """Between two transactions, whether it was stopped or crashed."""
    with closing(Store.open(own_server.create_ledger())) as store:
        keep(store, "before")
        own_server.restart()
        assert kept(store) == "before"

        own_server.stop(signal.SIGQUIT)
        waiting = threading.Thread(target=keep, args=(store, "after"))
        waiting.start()
        own_server.start()
        waiting.join()
        assert kept(store) == "after"


def test_a_server_that_goes_in_mid_transaction_ends_it_with_nothing_kept(own_server: PostgresServer) -> None:
    with closing(Store.open(own_server.create_ledger())) as store:
        keep(store, "before")
        with pytest.raises(StoreUnusable, match="nothing is kept"), store.transaction() as ledger:
            ledger.http_cache.keep("k", etag="", value="after", now=NOW)
            own_server.restart()
            ledger.http_cache.keep("other", etag="", value="after", now=NOW)

        assert kept(store) == "before"


def test_only_one_is_the_only_one_and_the_next_follows_when_it_ends(url: str) -> None:
    with closing(Store.open(url)) as one, closing(Store.open(url)) as other:
        with one.only_one("outbox") as mine, other.only_one("outbox") as theirs, other.only_one("else") as elsewhere:
            assert (mine, theirs, elsewhere) == (True, False, True)
        with one.only_one("outbox") as again, one.only_one("outbox") as nested:
            assert (again, nested) == (True, False)
        with pytest.raises(ValueError, match="mine"), one.only_one("outbox"):
            raise ValueError("mine")
        with other.only_one("outbox") as theirs:
            assert theirs


def test_the_clock_is_the_servers(server: PostgresServer) -> None:
    """A server whose clock is seven minutes ahead of this host's: every process on it agrees."""
    url = server.create_ledger()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
            " $$ SELECT pg_catalog.clock_timestamp() + interval '7 minutes' $$"
        )
    options = "?options=-csearch_path%3Dpublic,pg_catalog"
    with closing(Store.open(url + options)) as one, closing(Store.open(url + options)) as other:
        ahead = one.now() - datetime.now(UTC)
        apart = other.now() - one.now()

    assert timedelta(minutes=6, seconds=50) < ahead < timedelta(minutes=7, seconds=10)
    assert abs(apart) < timedelta(seconds=10)
    server.drop(url)


def test_no_connection_is_left_behind(url: str) -> None:
    with closing(Store.open(url)) as store, store.only_one("worker"), store.read():
        keep(store, "1")

    with psycopg.connect(url) as connection:
        count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nightshift'"
        eventually(lambda: connection.execute(count).fetchone() == (0,))
