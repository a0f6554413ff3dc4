"""The ledger as a SQLite file: WAL mode, every commit synced to disk, one writer at a time.

A write transaction takes the write lock at its start (BEGIN IMMEDIATE), so it never fails halfway because another
process wrote in between.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import LRUCache

from bot.adapters.store.file_holds import NO_HOLD, FileHold, NoHold, try_to_hold
from bot.adapters.store.unusable import StoreUnusable, explain_faults, explain_unopened, refuses_writes

_OLDEST = (3, 35, 0)
_LOCK_PAUSE = 0.001  # seconds; most transactions take less than two
_MOST_COMPILED = 500  # statements, as many as SQLAlchemy keeps for each engine
# To compile a statement takes longer than to run it, and readers and writers run the same ones.
_COMPILED: LRUCache[Any, Any] = LRUCache(_MOST_COMPILED)
_SHARED: dict[str, Dialect] = {}


class LedgerFile:
    """One ledger file. Safe to share between threads; open it anew in each process (never across a fork)."""

    def __init__(self, path: Path, busy_timeout: timedelta) -> None:
        self._path = path
        self._busy_timeout = busy_timeout
        self._writer = _engine(path, busy_timeout, begin="BEGIN IMMEDIATE", query_only=False)
        self._reader = _engine(path, busy_timeout, begin="BEGIN", query_only=True)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Create the file if need be, and hold off other processes that open it while the block runs."""
        refuse_old_sqlite(sqlite3.sqlite_version_info)
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(self._path.parent), explain_faults(self._path):
                _prepare(self._path, self._busy_timeout)
                yield
        except OSError as error:
            raise explain_unopened(self._path, error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with explain_faults(self._path), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        with explain_faults(self._path), refuses_writes(), self._reader.begin() as connection:
            yield connection

    def hold(self, purpose: str, *, lapses: bool = False) -> FileHold | None:  # noqa: ARG002 - a file's never does
        return try_to_hold(self._path.with_name(f"{self._path.name}.{purpose}"))

    def hold_row(self, name: str) -> NoHold:  # noqa: ARG002 - its signature is that of a server
        """All workers are on this host: one that stands still would hold up the others, and what two do counts once."""
        return NO_HOLD

    def wake_others(self) -> None:
        """Every process is on this host."""

    def woken_by_others(self, wake: Callable[[], None]) -> AbstractContextManager[None]:  # noqa: ARG002 - as above
        return nullcontext()

    here = ""

    def now(self) -> datetime:
        """All processes are on one host, whose clock they share."""
        return datetime.now(UTC)

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


def refuse_old_sqlite(present: tuple[int, ...]) -> None:
    """RETURNING came with SQLite 3.35 (2021); a newer Python may still sit on an older system's SQLite."""
    if present < _OLDEST:
        found, needed = (".".join(map(str, numbers)) for numbers in (present, _OLDEST))
        raise StoreUnusable(
            f"This Python brings SQLite {found}, and the ledger needs {needed} or newer: use another one"
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold off other processes that open a ledger in this folder.

    SQLite does not wait for its busy timeout when two processes turn a new file to WAL at the same moment: one of
    them fails with "database is locked" at once.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _prepare(path: Path, busy_timeout: timedelta) -> None:
    """Create the file if need be, readable by its owner alone (it holds issue texts), and turn it to WAL for good."""
    path.touch(mode=0o600)
    connection = _connect(path, busy_timeout)
    try:
        if connection.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
            raise StoreUnusable(
                f"The ledger {path} cannot be used: its disk does not allow WAL. Put it on a local disk"
            )
    finally:
        connection.close()


def _connect(path: Path, busy_timeout: timedelta) -> sqlite3.Connection:
    # mode=rw: a ledger that vanished while we ran is an error, not a new and empty one.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=busy_timeout.total_seconds(),
        isolation_level=None,  # the driver begins nothing by itself: see _engine
        check_same_thread=False,  # the pool hands a connection to one thread at a time
    )
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _engine(path: Path, busy_timeout: timedelta, *, begin: str, query_only: bool) -> Engine:
    engine = create_engine(
        "sqlite+pysqlite://",
        creator=_creator(path, busy_timeout, query_only=query_only),
        poolclass=QueuePool,
        pool_size=0,  # no limit: each thread that comes gets a connection instead of an error
    )
    # A cached statement is found by its dialect, too. The first engine's is in use by all of them.
    engine.dialect = _SHARED.setdefault("dialect", engine.dialect)
    event.listen(engine, "begin", _begins_with(begin, busy_timeout))
    return engine.execution_options(compiled_cache=_COMPILED)


def _creator(path: Path, busy_timeout: timedelta, *, query_only: bool) -> Callable[[], sqlite3.Connection]:
    def create() -> sqlite3.Connection:
        connection = _connect(path, busy_timeout)
        connection.execute(f"PRAGMA query_only = {'ON' if query_only else 'OFF'}")
        if not query_only:
            connection.execute("PRAGMA busy_timeout = 0")  # a writer waits at its beginning only: see _try_to_begin
        return connection

    return create


def _begins_with(statement: str, longest_wait: timedelta) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        deadline = time.monotonic() + longest_wait.total_seconds()
        while not _try_to_begin(connection, statement, last_try=time.monotonic() >= deadline):
            time.sleep(_LOCK_PAUSE)

    return begin


def _try_to_begin(connection: Connection, statement: str, *, last_try: bool) -> bool:
    """False if another one writes. SQLite's own way to wait sleeps longer each time, up to a tenth of a second, and
    a new writer can overtake: under load some would wait for seconds."""
    try:
        connection.exec_driver_sql(statement)
    except OperationalError as error:
        if last_try or getattr(error.orig, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
        return False
    return True
