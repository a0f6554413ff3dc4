"""What people say to sessions at work."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

SAID = Migration(
    version=18,
    title="what people say to sessions at work",
    statements=(
        """CREATE TABLE said (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            item TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            asked_by TEXT NOT NULL,
            words TEXT NOT NULL,
            place TEXT NOT NULL,
            said_at BIGINT NOT NULL,
            read_at BIGINT,
            PRIMARY KEY (task_id, item)
        )""",
    ),
)
