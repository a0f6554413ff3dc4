"""What `DATABASE_URL` names: a SQLite file, or a database of a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.adapters.store.unusable import StoreUnusable

_EXPECTED = "expected sqlite:////absolute/path/to/ledger.db or postgresql://user:password@host/database"
_OF_SERVERS = frozenset({"postgresql", "postgres"})


def url_of(path: Path) -> str:
    """The address of a ledger file, whatever its path holds: in an address `?`, `#` and `%` have a meaning."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def parse_address(url: str) -> Path | URL:
    """The ledger file that `url` names, or the address of its server. Raises StoreUnusable."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreUnusable(f"DATABASE_URL is not a database address: {_EXPECTED}") from error
    kind, _, driver = parsed.drivername.partition("+")
    if kind in _OF_SERVERS:
        return _of_server(parsed, driver)
    if kind != "sqlite":
        raise StoreUnusable(f"DATABASE_URL names {kind}, which is not supported: {_EXPECTED}")
    if parsed.database in (None, "", ":memory:") or parsed.query:
        raise StoreUnusable(f"DATABASE_URL must name a file, with nothing after it: {_EXPECTED}")
    return Path(str(parsed.database)).absolute()


def _of_server(parsed: URL, driver: str) -> URL:
    if not parsed.database:
        raise StoreUnusable(f"DATABASE_URL names a server without a database: {_EXPECTED}")
    if driver not in ("", "psycopg"):
        raise StoreUnusable(f"DATABASE_URL names the driver {driver}: leave it out; {_EXPECTED}")
    return parsed.set(drivername="postgresql+psycopg")


def path_of(url: str) -> Path | None:
    """The ledger file that `url` names; None for one on a server. Raises StoreUnusable."""
    address = parse_address(url)
    return address if isinstance(address, Path) else None


def show_address(url: str) -> str:
    """As it may be shown: without the password, and without parameters, which may hold another one."""
    address = parse_address(url)
    return str(address) if isinstance(address, Path) else show_server(address)


def show_server(address: URL) -> str:
    shown = URL.create("postgresql", address.username, None, address.host, address.port, address.database)
    return shown.render_as_string()
