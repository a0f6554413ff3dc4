"""Into which part of a stack a pull request was merged, instead of into the default branch."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

MERGED_INTO = Migration(
    version=31,
    title="pull requests that were merged into the branch of another one",
    statements=(
        "ALTER TABLE tasks ADD COLUMN merged_into BIGINT",
        "ALTER TABLE tasks ADD COLUMN reached TEXT",
        "CREATE INDEX tasks_merged_into ON tasks (repository, merged_into) WHERE merged_into IS NOT NULL",
    ),
)
