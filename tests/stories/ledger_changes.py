"""Whether the ledger has changed since somebody last looked: far cheaper than a look at its tasks.

A story waits for most of its time. Reading every task twenty times a second meanwhile took a quarter of all that the
stories took of a processor, and took it from the session that they waited for.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

TICK = 0.02


class LedgerChanges:
    """Sees what any connection has committed, in this process or another one; also to another file in its place."""

    def __init__(self, path: Path | None) -> None:
        assert path is not None, "only a file can be looked at from outside"
        self._path = path
        self._connect()

    def _connect(self) -> None:
        self._file = self._path.stat().st_ino
        self._connection = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, check_same_thread=False)

    def version(self) -> tuple[int, int] | None:
        """Numbers that differ after each commit; None if the ledger cannot be read at the moment."""
        try:
            if os.stat(self._path).st_ino != self._file:  # noqa: PTH116 - a third of the time that Path.stat takes
                self.close()
                self._connect()
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except (OSError, sqlite3.Error):
            return None
        return self._file, int(version)

    def wait(self, *, since: tuple[int, int] | None, most: float) -> None:
        """Until the ledger is no longer as it was at the version `since`; `most` seconds, if nothing changes."""
        until, tick = time.monotonic() + most, threading.Event()
        while time.monotonic() < until:
            tick.wait(TICK)
            if since is None or self.version() != since:
                return

    def close(self) -> None:
        self._connection.close()
