"""A copy of the ledger as it is at one moment, taken while others write to it.

The ledger is copied as it stands, never migrated first: a backup before an upgrade must be one that the program of
before can still read.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.store.address import path_of, show_address
from bot.adapters.store.unusable import StoreUnusable, explain_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A copy that was read back whole: `schema` is the last migration that it has seen."""

    path: Path
    size: int
    schema: int


def back_up(url: str, target: Path, *, overwrite: bool = False) -> Backup:
    """Copy the ledger at `url` to `target`, which appears whole or not at all. Raises StoreUnusable."""
    ledger, target = path_of(url), target.absolute()
    if ledger is None:
        raise StoreUnusable(
            f"The ledger at {show_address(url)} is on a server: back it up with `pg_dump --format=custom`, which copies"
            " one moment while Nightshift runs"
        )
    _refuse(ledger, target, overwrite=overwrite)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            schema = _copy(ledger, part)
            _put_in_place(part, target, overwrite=overwrite)
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError as error:
        raise _exists(target) from error
    except OSError as error:
        raise StoreUnusable(f"The backup {target} cannot be written: {error}") from error
    return Backup(path=target, size=target.stat().st_size, schema=schema)


def _refuse(ledger: Path, target: Path, *, overwrite: bool) -> None:
    if not ledger.exists():
        raise StoreUnusable(f"There is no ledger at {ledger}, so there is nothing to back up")
    # By their real places: a link to the ledger is the ledger.
    own = {ledger.resolve(), *(ledger.resolve().with_name(ledger.name + end) for end in ("-wal", "-shm"))}
    if target.resolve() in own:
        raise StoreUnusable(f"{target} is the ledger itself: name another file for the backup")
    if target.exists() and not overwrite:
        raise _exists(target)


def _exists(target: Path) -> StoreUnusable:
    return StoreUnusable(f"{target} exists already: name another file, or replace it with --overwrite")


def _copy(ledger: Path, part: Path) -> int:
    """Fill the empty file `part`; the schema's version in it. VACUUM INTO reads one moment and holds no writer up."""
    # mode=rw: a ledger that vanished is an error, not a new and empty one.
    with explain_faults(ledger), closing(sqlite3.connect(f"{ledger.as_uri()}?mode=rw", uri=True)) as file:
        file.execute("VACUUM INTO ?", (str(part),))
    _sync(part)
    with explain_faults(part), closing(sqlite3.connect(f"{part.as_uri()}?mode=ro", uri=True)) as file:
        return _verify(file, ledger)


def _verify(file: sqlite3.Connection, ledger: Path) -> int:
    faults = [row[0] for row in file.execute("PRAGMA integrity_check") if row[0] != "ok"]
    faults += [
        f"{row[0]} row {row[1]} refers to a row that does not exist" for row in file.execute("PRAGMA foreign_key_check")
    ]
    if faults:
        raise StoreUnusable(f"The copy of {ledger} is damaged, so it was not kept: {'; '.join(faults[:3])}")
    if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone():
        raise StoreUnusable(f"{ledger} is not a Nightshift ledger: look at DATABASE_URL")
    return int(file.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone()[0])


def _put_in_place(part: Path, target: Path, *, overwrite: bool) -> None:
    if overwrite:
        part.replace(target)
    else:
        target.hardlink_to(part)  # unlike a rename, it fails where somebody was faster
    _sync(target.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
