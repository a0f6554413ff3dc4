"""How many pull requests of the bot may be open in a repository."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

PRESSURE = Migration(
    version=8,
    title="how many pull requests may be open in a repository",
    statements=(
        """CREATE TABLE repository_limits (
            repository TEXT PRIMARY KEY,
            max_open_pull_requests INTEGER NOT NULL CHECK (max_open_pull_requests > 0)
        )""",
    ),
)
