"""Which open pull requests conflict with each other, and which tasks wait for another one that changes a file."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

OPEN_PULL_REQUESTS = Migration(
    version=14,
    title="conflicts of open pull requests, and tasks that wait for another one that runs",
    statements=(
        """CREATE TABLE conflicts (
            repository TEXT NOT NULL,
            one BIGINT NOT NULL CHECK (one > 0),
            other BIGINT NOT NULL CHECK (other > one),
            files JSON NOT NULL,
            PRIMARY KEY (repository, one, other)
        )""",
        "CREATE TABLE trial_merges (repository TEXT PRIMARY KEY, tested TEXT NOT NULL)",
        """CREATE TABLE held_back (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            by_task BIGINT NOT NULL,
            file TEXT NOT NULL,
            shown BOOLEAN NOT NULL
        )""",
    ),
)
