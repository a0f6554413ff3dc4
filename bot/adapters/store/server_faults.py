"""When a PostgreSQL server cannot be used: which sentence of `StoreUnusable` says what to do.

Libpq gives no code for a connection that failed, only the server's own words, which stand in the sentence as they are.
They hold no password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from bot.adapters.store.unusable import StoreUnusable

_LOGIN = (
    "the server does not let this user in. Look at the user and the password in DATABASE_URL, and at the server's"
    " pg_hba.conf"
)
_NO_DATABASE = "the server has no such database. Create it (createdb), or name another one in DATABASE_URL"
_NO_PLACE = "the server takes no more connections. Raise its max_connections, or end what holds them"
_AWAY = (
    "the server cannot be reached. Look whether it runs, and whether this host reaches its address and port; then start"
    " Nightshift again"
)
_LOST = (
    "the connection was lost within a transaction, of which nothing is kept unless it was about to end. Look whether"
    " the server was restarted; then start Nightshift again"
)
_LOCKED = (
    "another process holds it locked for too long. Look in pg_stat_activity for a session that is idle in a"
    " transaction, and end it"
)
_FULL = "the server's disk is full. Free some space there, then start Nightshift again; what was committed is safe"
_RIGHTS = (
    "its user may not do that. Make it the owner of the database, or grant it USAGE and CREATE on the schema and all"
    " rights on the tables"
)
_READ_ONLY = "the server takes no writes: it is a standby, or set to read only. Name the primary in DATABASE_URL"
_DAMAGED = "the server reports damaged data. Stop Nightshift, and restore the database from a backup"

_WORDS = (
    (r"password authentication|no password supplied|role .* does not exist|pg_hba\.conf|authentication failed", _LOGIN),
    (r"database .* does not exist", _NO_DATABASE),
    (r"too many clients|connection slots|too many connections", _NO_PLACE),
)
_CODES = {
    "28": _LOGIN,
    "3D": _NO_DATABASE,
    "53100": _FULL,
    "53300": _NO_PLACE,
    "53": _FULL,
    "55P03": _LOCKED,
    "42501": _RIGHTS,
    "25006": _READ_ONLY,
    "58": _FULL,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
_NOT_MADE = r"connection (to server|failed|timeout)|translate host name|resolve host"  # as libpq and psycopg say it
_STARTING = r"database system is (starting up|shutting down|not yet accepting|in recovery)"
_ENDED = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")  # by the server, or by the network


@contextmanager
def explain_server(shown: str) -> Iterator[None]:
    """Turn a fault of the server at the address `shown` into `StoreUnusable`; everything else passes unchanged."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        advice = _advice(error)
        if advice is None:
            raise
        said = " ".join(str(_cause(error)).split())
        raise StoreUnusable(f"The ledger at {shown} cannot be used: {advice}. ({said})") from error


@contextmanager
def refuses_server_writes() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if _code(error) == "25006":
            raise RuntimeError("a read() may not write: use transaction()") from error
        raise


def is_away(error: BaseException) -> bool:
    """Whether the server cannot be reached, or has ended the connection: another try may find it there again."""
    if not isinstance(error, DBAPIError | psycopg.Error):
        return False
    if (code := _code(error)) is not None:
        return code.startswith(_ENDED)
    return isinstance(_cause(error), psycopg.OperationalError | psycopg.InterfaceError) and _by_words(error) is None


def is_starting(error: DBAPIError | psycopg.Error) -> bool:
    """Whether there is a server that takes no connections yet."""
    return re.search(_STARTING, str(_cause(error))) is not None


def _advice(error: DBAPIError | psycopg.Error) -> str | None:
    code = _code(error)
    if code is None:
        return _by_words(error) or (_unreachable(error) if is_away(error) else None)
    if code.startswith(_ENDED):
        return _LOST
    return _CODES.get(code) or _CODES.get(code[:2])


def _by_words(error: DBAPIError | psycopg.Error) -> str | None:
    said = str(_cause(error))
    return next((advice for words, advice in _WORDS if re.search(words, said)), None)


def _unreachable(error: DBAPIError | psycopg.Error) -> str:
    """Libpq says of each connection that it could not make that it failed; any other one was there before."""
    return _AWAY if re.search(_NOT_MADE, str(_cause(error))) else _LOST


def _code(error: DBAPIError | psycopg.Error) -> str | None:
    code = getattr(_cause(error), "sqlstate", None)
    return str(code) if code is not None else None


def _cause(error: DBAPIError | psycopg.Error) -> BaseException:
    return error.orig or error if isinstance(error, DBAPIError) else error
