"""Bugs that were caught are counted in a table by themselves, and what a step of the schema moved has a time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, create_engine, text

from bot.adapters.store import CaughtErrors, Ledger, Store
from bot.adapters.store.migrations import MIGRATIONS

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
OF_GITHUB = {"commands_seen": "at", "replies": "at", "http_cache": "at", "outbox": "posted_at"}


@pytest.fixture
def old() -> Iterator[Connection]:
    """A ledger of version 3."""
    with closing(create_engine("sqlite://").connect()) as connection:
        for migration in MIGRATIONS[:3]:
            migration.apply(connection)
        yield connection


def test_bugs_are_counted_and_the_last_one_is_named(ledger_url: str) -> None:
    with closing(Store.open(ledger_url)) as store, store.transaction() as ledger:
        assert ledger.own_errors.read_caught() is None
        ledger.own_errors.add("KeyError at a", NOW - timedelta(hours=1))
        ledger.own_errors.add("TypeError at b", NOW)
        assert ledger.own_errors.read_caught() == CaughtErrors(count=2, last_at=NOW, last="TypeError at b")


def test_the_count_of_before_comes_into_its_table(old: Connection) -> None:
    kept = json.dumps({"count": 5, "at": NOW.isoformat(), "last": "KeyError at octo/clock"})
    old.execute(text("INSERT INTO http_cache VALUES ('nightshift:errors', '', :kept, 0)"), {"kept": kept})

    MIGRATIONS[3].apply(old)

    assert Ledger(old).own_errors.read_caught() == CaughtErrors(count=5, last_at=NOW, last="KeyError at octo/clock")
    assert old.scalar(text("SELECT count(*) FROM http_cache")) == 0


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "{",
        "[]",
        "5",
        "null",
        '{"count": 5}',
        '{"count": "x", "at": "2026-03-01T22:00:00+00:00", "last": ""}',
        '{"count": 1, "at": 7}',
    ],
)
def test_a_damaged_count_begins_again(old: Connection, kept: str) -> None:
    old.execute(text("INSERT INTO http_cache VALUES ('nightshift:errors', '', :kept, 0)"), {"kept": kept})

    MIGRATIONS[3].apply(old)

    assert Ledger(old).own_errors.read_caught() is None
    assert old.scalar(text("SELECT count(*) FROM http_cache")) == 0


def test_what_has_no_time_counts_from_the_migration_on(old: Connection) -> None:
    """A ledger without tasks knows no moment: its commands were moved with the time 0, and would be past their
    retention when the worker first tidies up. Then they would be followed a second time."""
    known = (NOW - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for comment, at in ((1, 0), (2, known)):
        values = {"comment": comment, "at": at}
        old.execute(text("INSERT INTO commands_seen VALUES (:comment, 'octo/tools', :at)"), values)
    old.execute(text("INSERT INTO replies VALUES ('comment:1', 'octo/tools#1', 0)"))
    old.execute(text("INSERT INTO http_cache VALUES ('labelled:octo/tools', '', '[]', 0)"))
    columns = "key, kind, payload, version, tries, due_at, note"
    old.execute(text(f"INSERT INTO outbox ({columns}) VALUES ('k', 'reply', '{{}}', 1, 0, NULL, '')"))  # noqa: S608 - ours
    before = time.time_ns() // 1000

    MIGRATIONS[3].apply(old)

    moved = {table: old.scalar(text(f"SELECT {at} FROM {table} LIMIT 1")) for table, at in OF_GITHUB.items()}  # noqa: S608 - our names
    assert all(before <= at <= time.time_ns() // 1000 for at in moved.values()), moved
    assert old.scalar(text("SELECT at FROM commands_seen WHERE comment = 2")) == known
