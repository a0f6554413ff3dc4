"""What became of the remarks on an issue: a task that waits for `/go` is not ready."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

LINT = Migration(
    version=11,
    title="remarks on issues, and tasks that wait for `/go`",
    statements=(
        "ALTER TABLE tasks ADD COLUMN lint TEXT NOT NULL DEFAULT ''",
        "DROP INDEX tasks_ready",
        "CREATE INDEX tasks_ready ON tasks (repository, priority, id, not_before)"
        " WHERE state = 'queued' AND blocked_by = 0 AND lint <> 'waits'",
    ),
)
