"""The tables of reviews and repairs, beside those in `schema`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Integer, Table, Text

from bot.adapters.store.columns import Moment, Words
from bot.adapters.store.schema import METADATA

REVISIONS = Table(
    "revisions",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("pull_request", BigInteger),
    Column("asked_by", Words),
    Column("asked_at", Moment),
    Column("answers", JSON),
    Column("purpose", Text),
    Column("about", JSON),
)
REVIEW_ITEMS = Table(
    "review_items",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("item", Words, primary_key=True),
    Column("task_id", BigInteger),
    Column("head", Text),  # none: not answered yet
)
REPAIRS = Table(
    "repairs",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("checks", Integer),
    Column("sessions", Integer),
    Column("checked", Text),
    Column("conflicted", Text),
    Column("restacked", Text),
)
