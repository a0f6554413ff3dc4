"""The commit at which the branch of a task was created to show that it is worked on."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

CLAIMS = Migration(
    version=30,
    title="branches that show that a task is worked on",
    statements=(
        "ALTER TABLE tasks ADD COLUMN claimed TEXT",
        "CREATE INDEX tasks_claimed ON tasks (repository) WHERE claimed IS NOT NULL",
    ),
)
