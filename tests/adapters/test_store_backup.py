"""A backup is one moment of the ledger, whole and private; put back as docs/operations.md says, it is the ledger."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.adapters.store import Ledger, Store, StoreUnusable, back_up, url_of
from bot.adapters.store.migrations import MIGRATIONS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "ledger.db"
    with closing(Store.open(url_of(path))) as store:
        remember(store, "before")
    return path


NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)


def keep(ledger: Ledger, value: str) -> None:
    ledger.http_cache.keep("k", etag="", value=value, now=NOW)


def kept(ledger: Ledger) -> str | None:
    answer = ledger.http_cache.of("k")
    return None if answer is None else answer.value


def remember(store: Store, value: str) -> None:
    with store.transaction() as ledger:
        keep(ledger, value)


def recalled(path: Path) -> str | None:
    with closing(Store.open(url_of(path))) as store, store.read() as ledger:
        return kept(ledger)


def test_it_is_taken_while_another_writes_and_holds_what_was_committed(path: Path, tmp_path: Path) -> None:
    with closing(Store.open(url_of(path))) as store, store.transaction() as ledger:
        keep(ledger, "not yet committed")
        made = back_up(url_of(path), tmp_path / "new" / "copy")

    assert recalled(path) == "not yet committed"
    assert (made.size, made.schema) == (made.path.stat().st_size, MIGRATIONS[-1].version)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert [found.name for found in made.path.parent.iterdir()] == ["copy"]
    assert recalled(made.path) == "before"


def test_an_existing_file_is_left_alone_unless_asked(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.write_text("mine")
    with pytest.raises(StoreUnusable, match="exists already"):
        back_up(url_of(path), target)
    assert target.read_text() == "mine"

    back_up(url_of(path), target, overwrite=True)

    assert recalled(target) == "before"


@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
def test_it_never_replaces_the_ledger_itself(path: Path, tmp_path: Path, end: str) -> None:
    (tmp_path / "link").symlink_to(path.with_name(path.name + end))
    with pytest.raises(StoreUnusable, match="the ledger itself"):
        back_up(url_of(path), tmp_path / "link", overwrite=True)
    assert recalled(path) == "before"


def test_no_ledger_is_made_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="There is no ledger"):
        back_up(url_of(tmp_path / "none"), tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["garbage", "another program's"])
def test_what_is_no_sound_ledger_leaves_no_backup(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.db"
    if damage == "garbage":
        path.write_bytes(b"x" * 5_000)
    else:
        with closing(sqlite3.connect(path)) as file:
            file.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreUnusable):
        back_up(url_of(path), tmp_path / "copy")
    assert [found.name for found in tmp_path.iterdir()] == ["ledger.db"]


def test_a_ledger_of_another_version_is_copied_as_it_is(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("INSERT INTO schema_version VALUES (99)")
    assert back_up(url_of(path), tmp_path / "copy").schema == 99


def test_restored_by_the_documented_steps_it_is_the_ledger_again(path: Path, tmp_path: Path) -> None:
    """A -wal that was left of the damaged ledger must not be played onto the backup."""
    made = back_up(url_of(path), tmp_path / "copy")
    with closing(Store.open(url_of(path))) as store:
        remember(store, "after")
        for end in ("-wal", "-shm"):
            shutil.copy(path.with_name(path.name + end), tmp_path / f"left{end}")
    for end in ("-wal", "-shm"):
        shutil.copy(tmp_path / f"left{end}", path.with_name(path.name + end))

    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink()
    shutil.copy(made.path, path)

    assert recalled(path) == "before"
