"""Attempts that run on other hosts, by the name under which their executor knows them."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

ORDERED_ATTEMPTS = Migration(
    version=35,
    title="attempts on other hosts",
    statements=(
        """
        CREATE TABLE ordered_attempts (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            name TEXT NOT NULL,
            fence BIGINT NOT NULL,
            reference TEXT NOT NULL
        )
        """,
    ),
)
