"""The tables as statements see them. What the database enforces about them is written once, in `migrations`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
)

from bot.adapters.store.columns import Moment, Words
from bot.core.tasks import State

METADATA = MetaData()

VERSIONS = Table(
    "schema_version",
    METADATA,
    Column("version", Integer, primary_key=True),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("guid", Text),
    Column("event", Words),
    Column("payload", LargeBinary),
    Column("received_at", Moment),
    Column("due_at", Moment),
    Column("done_at", Moment),
    Column("tries", Integer),
    Column("note", Words),
)

TASKS = Table(
    "tasks",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("repository", Text),
    Column("number", BigInteger),
    Column("state", Text),
    Column("priority", Integer),
    Column("snapshot", JSON),
    Column("overrides", JSON),
    Column("failure", Text),
    Column("detail", Words),
    Column("attempts", Integer),
    Column("automatic_retries", Integer),
    Column("waits", Integer),
    Column("not_before", Moment),
    Column("pushed", Text),
    Column("pull_request", BigInteger),
    Column("fence", BigInteger),
    Column("slot", Integer),
    Column("worker", Words),
    Column("lease_until", Moment),
    Column("created_at", Moment),
    Column("updated_at", Moment),
    Column("queued_at", Moment),
)

BLOCKERS = Table(
    "blockers",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("position", Integer),
    Column("met", Boolean),
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("outcome", Text),
    Column("failure", Text),
    Column("summary", Words),
    Column("completion", Words),
    Column("turns", Integer),
    Column("turn_limit", Integer),
    Column("cost_usd", Double),
    Column("seconds", Double),
    Column("claude_seconds", Double),
    Column("asked", Integer),
    Column("granted", Integer),
    Column("refused", Integer),
    Column("refused_commands", JSON),
    Column("commands", JSON),
    Column("session_id", Words),
    Column("note", Words),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("key", Text),
    Column("kind", Text),
    Column("payload", JSON),
    Column("version", Integer),
    Column("tries", Integer),
    Column("due_at", Moment),  # none: it was said
    Column("note", Words),
)

MEMORY = Table(
    "memory",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Words),
)

PAUSES = Table(
    "pauses",
    METADATA,
    Column("cause", Text, primary_key=True),
    Column("until", Moment),
    Column("reason", Words),
    Column("since", Moment),
)

WRITES = Table(
    "writes",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("at", Moment),
    Column("reads", Integer),  # sent since the write before
)


def in_state(state: State, table: FromClause = TASKS) -> ColumnElement[bool]:
    """`state = 'queued'`, spelled out: SQLite uses a partial index only where the statement itself shows its
    condition, and a bound parameter does not."""
    return table.c.state == literal_column(f"'{state}'")


def no_waits(table: FromClause = TASKS) -> ColumnElement[bool]:
    """`waits = 0`, spelled out for the same reason."""
    return table.c.waits == literal_column("0")
