"""Repairs that Nightshift starts on its pull requests: what they are for, and how many there were."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

REPAIRS = Migration(
    version=10,
    title="repairs of pull requests whose checks fail, or that conflict with their base",
    statements=(
        "ALTER TABLE revisions ADD COLUMN purpose TEXT NOT NULL DEFAULT 'revise'",
        "ALTER TABLE revisions ADD COLUMN about JSON NOT NULL DEFAULT '[]'",
        """CREATE TABLE repairs (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            checks INTEGER NOT NULL CHECK (checks >= 0),
            sessions INTEGER NOT NULL CHECK (sessions >= 0),
            checked TEXT NOT NULL,
            conflicted TEXT NOT NULL
        )""",
    ),
)
