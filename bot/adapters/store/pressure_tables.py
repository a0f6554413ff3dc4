"""The tables of back-pressure, beside those in `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, Table, Text

from bot.adapters.store.columns import Words
from bot.adapters.store.schema import METADATA

REPOSITORY_LIMITS = Table(
    "repository_limits",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("max_open_pull_requests", Integer),
)
HELD_BACK = Table(
    "held_back",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("by_task", BigInteger),
    Column("file", Words),
    Column("shown", Boolean),  # whether the status was asked for since
)
CONFLICTS = Table(
    "conflicts",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("one", BigInteger, primary_key=True),
    Column("other", BigInteger, primary_key=True),
    Column("files", JSON),
)
TRIAL_MERGES = Table(
    "trial_merges",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("tested", Text),
)
