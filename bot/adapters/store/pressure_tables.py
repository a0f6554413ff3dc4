"""The tables of back-pressure, beside those in `schema`."""

from __future__ import annotations

from sqlalchemy import Column, Integer, Table, Text

from bot.adapters.store.schema import METADATA

REPOSITORY_LIMITS = Table(
    "repository_limits",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("max_open_pull_requests", Integer),
)
