"""Which open pull requests conflict with each other."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

CONFLICTS = Migration(
    version=10,
    title="which open pull requests conflict with each other",
    statements=(
        """CREATE TABLE conflicts (
            repository TEXT NOT NULL,
            one BIGINT NOT NULL CHECK (one > 0),
            other BIGINT NOT NULL CHECK (other > one),
            files JSON NOT NULL,
            PRIMARY KEY (repository, one, other)
        )""",
        "CREATE TABLE trial_merges (repository TEXT PRIMARY KEY, tested TEXT NOT NULL)",
    ),
)
