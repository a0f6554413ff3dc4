"""Which pull requests Nightshift put into a native stack of GitHub, and which repositories do not take any."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

NATIVE_STACKS = Migration(
    version=27,
    title="which pull requests are in a native stack, and where GitHub takes none",
    statements=(
        """CREATE TABLE native_stacks (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            pull BIGINT NOT NULL,
            stack BIGINT,
            refused BOOLEAN NOT NULL
        )""",
        """CREATE TABLE native_stacks_lacking (
            repository TEXT PRIMARY KEY,
            until BIGINT NOT NULL,
            why TEXT NOT NULL
        )""",
        """CREATE TABLE adopted_heads (
            task_id BIGINT NOT NULL PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            commit_name TEXT NOT NULL
        )""",
    ),
)
