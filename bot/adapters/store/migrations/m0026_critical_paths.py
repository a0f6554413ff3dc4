"""How long the work takes that begins with a task, by which tasks of one priority are claimed."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

CRITICAL_PATHS = Migration(
    version=26,
    title="the critical paths of tasks, by which they are claimed",
    statements=(
        "ALTER TABLE tasks ADD COLUMN path_seconds BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE queue_state ADD COLUMN are_paths_known BOOLEAN NOT NULL DEFAULT FALSE",
        "DROP INDEX tasks_ready",
        "CREATE INDEX tasks_ready ON tasks (repository, priority, path_seconds DESC, id, not_before)"
        " WHERE state = 'queued' AND blocked_by = 0 AND lint <> 'waits' AND lint <> 'unread'",
    ),
)
