"""Whether tasks build on open pull requests, and on which one each pull request does."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

STACKS = Migration(
    version=25,
    title="whether tasks build on open pull requests, and on which",
    statements=(
        "CREATE TABLE dependency_modes (repository TEXT PRIMARY KEY, mode TEXT NOT NULL)",
        """CREATE TABLE stacked_on (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            commit_name TEXT NOT NULL
        )""",
        "CREATE INDEX stacked_on_number ON stacked_on (number)",
        "ALTER TABLE publications ADD COLUMN below BIGINT",
        "ALTER TABLE publications ADD COLUMN below_commit TEXT",
        "ALTER TABLE repairs ADD COLUMN restacked TEXT NOT NULL DEFAULT ''",
    ),
)
