"""Whether the ledger has changed since somebody last looked: far cheaper than a look at its tasks.

A story waits for most of its time. Reading every task twenty times a second meanwhile took a quarter of all that the
stories took of a processor, and took it from the session that they waited for.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

TICK = 0.02


class LedgerChanges:
    """Sees what any connection has committed, in this process or another one."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)

    def version(self) -> int | None:
        """A number that differs after each commit; None if the ledger cannot be read at the moment."""
        try:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:
            return None
        return int(version)

    def wait(self, *, since: int | None, most: float) -> None:
        """Until the ledger is no longer as it was at the version `since`; `most` seconds, if nothing changes."""
        until, tick = time.monotonic() + most, threading.Event()
        while time.monotonic() < until:
            tick.wait(TICK)
            if since is None or self.version() != since:
                return

    def close(self) -> None:
        self._connection.close()
