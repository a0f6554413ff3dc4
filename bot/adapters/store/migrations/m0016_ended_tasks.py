"""Tasks that ended long ago are removed; what was pushed is in one table; remarks are found after the intake."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

ENDED_TASKS = Migration(
    version=16,
    title="issues whose task was removed, commits of the bot in one place, and tasks whose remarks are not known yet",
    statements=(
        """CREATE TABLE removed_tasks (
            repository TEXT NOT NULL,
            number BIGINT NOT NULL CHECK (number > 0),
            pull_request BIGINT,
            state TEXT NOT NULL,
            at BIGINT NOT NULL,
            PRIMARY KEY (repository, number)
        )""",
        "CREATE INDEX removed_by_pull_request ON removed_tasks (repository, pull_request)"
        " WHERE pull_request IS NOT NULL",
        "ALTER TABLE tasks ADD COLUMN pushing TEXT",
        "UPDATE tasks SET pushing = (SELECT head FROM pushes WHERE pushes.task_id = tasks.id)",
        "DROP TABLE pushes",
        "DROP INDEX tasks_ready",
        "CREATE INDEX tasks_ready ON tasks (repository, priority, id, not_before)"
        " WHERE state = 'queued' AND blocked_by = 0 AND lint <> 'waits' AND lint <> 'unread'",
        "CREATE INDEX tasks_unread ON tasks (id) WHERE state = 'queued' AND lint = 'unread'",
    ),
)
