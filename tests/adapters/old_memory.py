"""A ledger with the old key/value table, brought up to date, and the values that its rows could have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, inspect, text

from bot.adapters.store import Ledger
from bot.adapters.store.migrations import MIGRATIONS
from bot.core.references import IssueRef
from tests.adapters.ledger_meaning import leftovers

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HERE, THERE = IssueRef("octo/tools", 1), IssueRef("octo-org/clock.js", 40)  # with a task, and without
NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
names = st.text("abcdefgh-.:/ ", min_size=1, max_size=12).map(str.strip).filter(bool)


def migrated(memory: Mapping[str, str]) -> Connection:
    """A ledger of version 2 with this memory and one task, brought up to date. The caller closes it."""
    connection = create_engine("sqlite://").connect()
    for migration in MIGRATIONS:
        if migration.version == 3:
            _fill(connection, memory)
        migration.apply(connection)
    return connection


def _fill(connection: Connection, memory: Mapping[str, str]) -> None:
    connection.execute(
        text(
            "INSERT INTO tasks (id, repository, number, state, priority, snapshot, overrides, detail, attempts,"
            " automatic_retries, waits, fence, created_at, updated_at, queued_at)"
            " VALUES (7, :repository, :number, 'queued', 1, '{}', '{}', '', 0, 0, 0, 0, 0, :now, 0)"
        ),
        {"repository": HERE.repository, "number": HERE.number, "now": (NOW - EPOCH) // timedelta(microseconds=1)},
    )
    for key, value in memory.items():
        connection.execute(text("INSERT INTO memory VALUES (:key, :value)"), {"key": key, "value": value})


def answers(memory: Mapping[str, str], ask: Any) -> Any:
    connection = migrated(memory)
    try:
        ledger = Ledger(connection)
        assert leftovers(connection) == {}, "it was taken for a key of no family"
        assert "memory" not in inspect(connection).get_table_names()
        return ask(ledger)
    finally:
        connection.close()
