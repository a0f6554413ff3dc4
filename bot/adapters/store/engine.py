"""Opens the database and hands out transactions: short ones, one writer at a time, all or nothing.

What differs between a SQLite file and a PostgreSQL server is in `sqlite_file.py` and `server.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, Self

from sqlalchemy import Connection

from bot.adapters.store.address import parse_address
from bot.adapters.store.ledger import Ledger
from bot.adapters.store.migrations import apply_next, is_current, require_current
from bot.adapters.store.sqlite_file import LedgerFile
from bot.adapters.store.unusable import StoreUnusable

_PATIENCE = timedelta(seconds=10)


class Database(Protocol):
    """Each of these raises StoreUnusable for a fault of the database, and lets errors of the program pass."""

    def opening(self) -> AbstractContextManager[None]: ...

    def writing(self) -> AbstractContextManager[Connection]:
        """The only write transaction at this moment, of all processes."""
        ...

    def reading(self) -> AbstractContextManager[Connection]: ...

    def hold(self, purpose: str, *, lapses: bool = False) -> Exclusive | None:
        """None if another process or thread holds it. `lapses`: a server gives it to another one if it was not asked
        for minutes whether it is held."""
        ...

    def hold_row(self, name: str) -> Exclusive | None:
        """The same for one of many, for a few minutes. On one host several may hold it."""
        ...

    def now(self) -> datetime: ...

    def wake_others(self) -> None:
        """A hint to the other hosts. Never raises."""
        ...

    def woken_by_others(self, wake: Callable[[], None]) -> AbstractContextManager[None]: ...

    @property
    def here(self) -> str:
        """What the name of a purpose gets that is one of this host."""
        ...

    def close(self) -> None: ...


class Exclusive(Protocol):
    """What one process or thread has for itself, until it closes it or ends, however that ends."""

    def is_held(self) -> bool:
        """A server gives it to another one when the connection breaks."""
        ...

    def close(self) -> None: ...


class Store:
    """One ledger. Safe to share between threads; open it anew in each process (never across a fork)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._here = threading.local()

    @classmethod
    def open(cls, url: str, *, busy_timeout: timedelta = _PATIENCE) -> Self:
        """Open the ledger at `url` (`sqlite:////data/ledger.db`, `postgresql://user@host/name`), creating its tables or
        migrating them as needed.

        `busy_timeout` is how long to wait for another process's write. Raises StoreUnusable.
        """
        store = cls(open_database(url, busy_timeout=busy_timeout))
        try:
            store._migrate()
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def transaction(self) -> Iterator[Ledger]:
        """One write transaction: committed when the block ends well, undone when it raises. May not be nested."""
        if getattr(self._here, "writing", False):
            raise RuntimeError("a transaction is open in this thread already: pass its ledger on instead")
        self._here.writing = True
        try:
            with self._database.writing() as connection:
                yield Ledger(connection)
        finally:
            self._here.writing = False

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        """A snapshot that stays as it is while the block runs, whatever others write. Writing in it is refused."""
        with self._database.reading() as connection:
            yield Ledger(connection)

    @contextmanager
    def only_one(self, purpose: str, *, on_this_host: bool = False) -> Iterator[bool]:
        """True for one process and thread at a time, false for the others: they do not wait. Ends with the process,
        however that ends. `on_this_host`: one on each host."""
        held = self._database.hold(purpose + self._database.here if on_this_host else purpose)
        try:
            yield held is not None
        finally:
            if held is not None:
                held.close()

    def hold(self, purpose: str) -> Exclusive | None:
        """The same for longer than a block. None if another one has it. Ask at least each minute whether it is held: on
        a server, a process that stands still loses it."""
        return self._database.hold(purpose, lapses=True)

    def hold_row(self, name: str) -> Exclusive | None:
        """The same for one of many things, by its name, for a few minutes: several hosts then do not do the same work.
        It does not decide what counts: on one host, or after these minutes, two may hold it."""
        return self._database.hold_row(name)

    def wake_others(self) -> None:
        """Wake what waits in `woken_by_others` on any host. A hint: what is to be done stands in the ledger."""
        self._database.wake_others()

    def woken_by_others(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """While the block runs, `wake` is called in another thread when a host asks for it. On one host, a named pipe
        does that (`bot/adapters/wake.py`)."""
        return self._database.woken_by_others(wake)

    def now(self) -> datetime:
        """The moment by the one clock that all processes on this ledger share: on a server, the server's."""
        return self._database.now()

    def close(self) -> None:
        self._database.close()

    def require_current(self) -> None:
        """Raises StoreUnusable once the ledger's schema is no longer this program's."""
        with self._database.reading() as connection:
            require_current(connection)

    def _migrate(self) -> None:
        with self._database.opening():
            while not self._is_current():
                with self._database.writing() as connection:
                    apply_next(connection)

    def _is_current(self) -> bool:
        with self._database.reading() as connection:
            return is_current(connection)


def open_database(url: str, *, busy_timeout: timedelta = _PATIENCE) -> Database:
    """The database at `url`, as it is. Raises StoreUnusable."""
    address = parse_address(url)
    if isinstance(address, Path):
        return LedgerFile(address, busy_timeout)
    try:
        from bot.adapters.store.server import LedgerServer  # noqa: PLC0415 - a driver that a file does without
    except ImportError as error:
        needed = "`pip install 'nightshift[fleet]'`"
        raise StoreUnusable(f"DATABASE_URL names a PostgreSQL server, which needs {needed}: {error}") from error
    return LedgerServer(address, busy_timeout)
