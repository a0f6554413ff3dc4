"""Work that starts from a merge of several branches, or waits since they cannot be merged."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

MERGED_STARTS = Migration(
    version=28,
    title="work that starts from a merge of several branches",
    statements=(
        """CREATE TABLE stacked_parts (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            commit_name TEXT NOT NULL,
            PRIMARY KEY (task_id, number)
        )""",
        "CREATE INDEX stacked_parts_number ON stacked_parts (number)",
        """CREATE TABLE branches_apart (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            found TEXT NOT NULL
        )""",
        "ALTER TABLE publications ADD COLUMN below_parts TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE blockers ADD COLUMN is_held BOOLEAN NOT NULL DEFAULT FALSE",
    ),
)
