"""The real ledger, as one process of a simulation has it: each transaction is a point of the scheduler.

A new ledger takes a tenth of a second to migrate, so each simulation begins with a copy of one that is empty.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.adapters.store import Ledger, Store, url_of
from bot.adapters.store.engine import open_database
from bot.rehearsal.simulation.scheduler import Killed, Process, Scheduler

_FILES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where a process stands in its simulation. `committed` is called after each commit, in the thread that made it."""

    scheduler: Scheduler
    process: Process
    committed: Callable[[], None] = lambda: None


class SimulatedStore(Store):
    def __init__(self, path: Path, seat: Seat) -> None:
        super().__init__(open_database(url_of(path)))
        self._seat = seat

    def now(self) -> datetime:
        return self._seat.scheduler.clock()

    @contextmanager
    def transaction(self) -> Iterator[Ledger]:
        self._seat.scheduler.point("before a transaction")
        with super().transaction() as ledger:
            yield ledger
        self._seat.committed()
        self._seat.scheduler.point("after a transaction")

    @contextmanager
    def read(self) -> Iterator[Ledger]:
        if self._seat.process.dead:
            raise Killed
        with super().read() as ledger:
            yield ledger


def make_template(folder: Path) -> Path:
    """An empty ledger, all of it in one file."""
    path = folder / "empty.db"
    Store.open(url_of(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def copy_ledger(source: Path, target: Path) -> None:
    """As it is now, with what is not in its file yet. Nothing has `target` open."""
    remove_ledger(target)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def begin_ledger(template: Path, target: Path) -> None:
    remove_ledger(target)
    shutil.copyfile(template, target)


def remove_ledger(path: Path) -> None:
    for suffix in _FILES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
