"""Which names each repository has had."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

REPOSITORY_NAMES = Migration(
    version=19,
    title="which names each repository has had",
    statements=(
        """CREATE TABLE repository_names (
            name TEXT NOT NULL PRIMARY KEY,
            repository_id BIGINT NOT NULL,
            spelling TEXT NOT NULL,
            is_present BOOLEAN NOT NULL
        )""",
        "CREATE INDEX repository_names_by_id ON repository_names (repository_id)",
    ),
)
