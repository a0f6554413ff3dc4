"""What one process or thread of all hosts has for itself: an advisory lock of one connection to the server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_PURPOSES = 20_948  # the first half of the locks; the second is a hash, by which two names may be taken for one
LAPSES_AFTER = 180  # seconds of silence; a frozen process must not keep the others from polling
_LOCK: LiteralString = f"{_PURPOSES}, hashtext(current_schema() || %s::text)"


@dataclass(frozen=True, slots=True)
class ServerHold:
    connection: Connection
    name: str
    lapses: bool = False

    def take(self) -> bool:
        """Raises DBAPIError or psycopg.Error."""
        taken = self._ask(f"SELECT pg_try_advisory_lock({_LOCK})")
        if taken and self.lapses:
            driver_of(self.connection).execute(f"SET idle_session_timeout = '{LAPSES_AFTER}s'")
        return taken

    def is_held(self) -> bool:
        """False once the connection is lost, and with it the lock."""
        try:
            return bool(driver_of(self.connection).execute("SELECT true").fetchone())
        except (DBAPIError, psycopg.Error):
            return False

    def close(self) -> None:
        try:
            self._ask(f"SELECT pg_advisory_unlock({_LOCK})")
            if self.lapses:
                driver_of(self.connection).execute("SET idle_session_timeout = 0")
        except (DBAPIError, psycopg.Error):
            self.connection.invalidate()  # what the connection still holds ends with it
        self.connection.close()

    def _ask(self, question: LiteralString) -> bool:
        row = driver_of(self.connection).execute(question, (self.name,)).fetchone()
        return bool(row is not None and row[0])


def driver_of(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)
