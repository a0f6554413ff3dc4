"""The ledger in a database of a PostgreSQL server, for several hosts: the same transactions as over a file.

One writer at a time, by an advisory lock that each write transaction takes before its first statement. So READ
COMMITTED is enough: whatever a transaction reads, no other one changes before it ends, and none has to be run again
(docs/decisions/0100-one-writer-on-postgresql-too.md). The lock is the transaction's: it ends with its connection.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, LiteralString

import psycopg
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from bot.adapters.store.address import show_server
from bot.adapters.store.server_faults import explain_server, is_away, is_starting, refuses_server_writes
from bot.adapters.store.server_holds import ServerHold, driver_of
from bot.adapters.store.server_wakes import WAKE, listening
from bot.adapters.store.shared_clock import SharedClock
from bot.adapters.store.unusable import StoreUnusable

_KEPT_OPEN = 4  # connections of a process; each thread that comes gets one more for as long as it needs it
_WRITER = 20_947  # the first half of an advisory lock of ours: no other program's in this database
_RETRY_PAUSE = 0.1
_CLOCK: LiteralString = "SELECT extract(epoch FROM clock_timestamp())"
_WRITE: LiteralString = (
    "BEGIN ISOLATION LEVEL READ COMMITTED;"
    f" SELECT pg_advisory_xact_lock({_WRITER}, hashtext(current_schema())); {_CLOCK}"
)
_READ: LiteralString = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_CLOCK}"
_CONNECT_SECONDS = 5


class LedgerServer:
    """Safe to share between threads; open it anew in each process (never across a fork)."""

    def __init__(self, address: URL, busy_timeout: timedelta) -> None:
        self._shown = show_server(address)
        self._patience = busy_timeout.total_seconds()
        self._clock = SharedClock()
        self._connect = partial(psycopg.connect, **_parameters(address, busy_timeout), autocommit=True)
        self._answered = threading.Event()  # it has answered before: it may be restarting when it does not
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            poolclass=QueuePool,
            pool_size=_KEPT_OPEN,
            max_overflow=-1,
            use_native_hstore=False,
        )

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Nothing has to be made; a migration is a write transaction like any other."""
        yield

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with explain_server(self._shown), self._transaction(_WRITE) as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with explain_server(self._shown), refuses_server_writes(), self._transaction(_READ) as connection:
            yield connection

    def hold(self, purpose: str, *, lapses: bool = False) -> ServerHold | None:
        """By a lock of a connection, which the server gives up when that ends."""
        with explain_server(self._shown):
            connection = self._begin(_CLOCK)
            held = ServerHold(connection, purpose, lapses)
            try:
                if held.take():
                    return held
            except BaseException:
                connection.invalidate()
                raise
            connection.close()
            return None

    def hold_row(self, name: str) -> ServerHold | None:
        return self.hold(name, lapses=True)

    def now(self) -> datetime:
        """Read anew now and then; while the server is away, it goes on as this host counts the seconds."""
        if self._clock.is_stale():
            try:
                with self.reading():
                    pass
            except StoreUnusable:
                if not self._clock.is_known():
                    raise
        return self._clock.now()

    def wake_others(self) -> None:
        with suppress(StoreUnusable, DBAPIError, psycopg.Error):
            connection = self._begin(_CLOCK)
            with closing(connection):
                driver_of(connection).execute(WAKE)

    def woken_by_others(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        return listening(self._connect, wake)

    @property
    def here(self) -> str:
        return f" on {socket.gethostname()}"

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _transaction(self, begin: LiteralString) -> Iterator[Connection]:
        connection = self._begin(begin)
        try:
            yield connection
            connection.commit()
        finally:
            connection.close()  # undoes what was not committed

    def _begin(self, statements: LiteralString) -> Connection:
        """A connection on which these were run. One that broke since it was used last is replaced, and a server that
        restarts is waited for: nothing was done yet."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self._try_to_begin(statements)
            except (DBAPIError, psycopg.Error) as error:
                will_be_back = is_starting(error) or (self._answered.is_set() and is_away(error))
                if not will_be_back or time.monotonic() >= deadline:
                    raise
                self._engine.dispose()
                time.sleep(_RETRY_PAUSE)

    def _try_to_begin(self, statements: LiteralString) -> Connection:
        connection = self._engine.connect()
        try:
            self._clock.note(_run(connection, statements))
        except BaseException as error:
            if is_away(error):
                connection.invalidate()
            connection.close()
            raise
        self._answered.set()
        return connection


def _parameters(address: URL, busy_timeout: timedelta) -> dict[str, Any]:
    """For libpq. What the address itself sets, applies; `options` are added to its own."""
    milliseconds = max(1, int(busy_timeout.total_seconds() * 1000))
    ours = (
        f"-c lock_timeout={milliseconds}"
        # A frozen process, or one that cannot be reached, must not keep the others from writing: the server ends it.
        f" -c idle_in_transaction_session_timeout={max(1000, milliseconds // 2)}"
        " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        " -c tcp_user_timeout=30000"
    )
    usual = {"connect_timeout": _CONNECT_SECONDS, "application_name": "nightshift", "keepalives_idle": 10}
    usual |= {"keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000}
    named = address.translate_connect_args(username="user", database="dbname")
    own = {name: value if isinstance(value, str) else value[-1] for name, value in address.query.items()}
    return usual | named | own | {"options": f"{own.get('options', '')} {ours}".strip()}


def _run(connection: Connection, statements: LiteralString) -> float:
    """Run them in one round trip; the last one says what the server's clock shows."""
    with driver_of(connection).cursor() as cursor:
        cursor.execute(statements, prepare=False)
        while cursor.nextset():
            pass
        return float(cursor.fetchall()[0][0])
