"""When the database itself cannot be used: one exception that says what, where, and how to fix it.

Only faults of the disk, the file or a lock become `StoreUnusable`. A wrong statement or a broken constraint is a
programming error and is not caught.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

# https://sqlite.org/rescode.html: the low byte of an error code is its class.
_FULL = "the disk is full. Free some space, then start Nightshift again; what was committed is safe"
_LOCKED = (
    "another process holds it locked for too long. Look for a second Nightshift, a backup or a database browser "
    "that has it open, and end that"
)
_CORRUPT = (
    "it is damaged, or is not a ledger. Stop Nightshift, move the file away with its -wal and -shm, and run "
    "`nightshift sync`: what GitHub holds comes back from there. A backup in its place keeps more"
)
_UNWRITABLE = (
    "it, or its folder, may not be written. Give the user that runs Nightshift write permission on the folder and "
    "on every file in it, or name another place in DATABASE_URL"
)
_UNREACHABLE = (
    "it cannot be opened. Look whether its folder exists, is on a local disk, and may be read and written by the "
    "user that runs Nightshift"
)
_REFUSED = (
    "the disk refused to read or write it: it may be full, over a quota, or failing. Check the disk, then start "
    "Nightshift again; what was committed is safe"
)
_ADVICE = {
    sqlite3.SQLITE_PERM: _UNWRITABLE,
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_READONLY: _UNWRITABLE,
    sqlite3.SQLITE_IOERR: _REFUSED,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: _UNREACHABLE,
    sqlite3.SQLITE_PROTOCOL: _LOCKED,
    sqlite3.SQLITE_NOLFS: _REFUSED,
    sqlite3.SQLITE_NOTADB: _CORRUPT,
}


WAS_MOVED = "nightshift: moved to a server"  # what the triggers of a file say that `nightshift db move` has emptied
MOVED_SENTENCE = (
    "The ledger in this file was moved to a PostgreSQL server: name the server in DATABASE_URL, as `nightshift db move`"
    " was given it, and restart Nightshift"
)


class StoreUnusable(Exception):
    """The ledger cannot be used now. The message tells a person what is wrong, where, and how to fix it."""


@contextmanager
def explain_faults(path: Path) -> Iterator[None]:
    """Turn a fault of the database file at `path` into `StoreUnusable`; everything else passes unchanged."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        if WAS_MOVED in str(_cause(error)):
            raise StoreUnusable(MOVED_SENTENCE) from error
        advice = _ADVICE.get(_code(error) & 0xFF)
        if advice is None:
            raise
        raise _unusable(path, advice, _cause(error)) from error


@contextmanager
def refuses_writes() -> Iterator[None]:
    """Tell a program that writes where it only asked to read; the file itself is not at fault."""
    try:
        yield
    except DBAPIError as error:
        if _code(error) == sqlite3.SQLITE_READONLY:
            raise RuntimeError("a read() may not write: use transaction()") from error
        raise


def explain_unopened(path: Path, error: OSError) -> StoreUnusable:
    """What to say when the operating system refuses the folder or the file before SQLite sees it."""
    return _unusable(path, _FULL if error.errno == errno.ENOSPC else _UNWRITABLE, error)


def _unusable(path: Path, advice: str, cause: BaseException) -> StoreUnusable:
    return StoreUnusable(f"The ledger {path} cannot be used: {advice}. ({cause})")


def _code(error: DBAPIError | sqlite3.Error) -> int:
    return int(getattr(_cause(error), "sqlite_errorcode", sqlite3.SQLITE_OK))


def _cause(error: DBAPIError | sqlite3.Error) -> BaseException:
    return error.orig or error if isinstance(error, DBAPIError) else error
