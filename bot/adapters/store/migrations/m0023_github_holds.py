"""Until when GitHub asked an account to wait."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

GITHUB_HOLDS = Migration(
    version=23,
    title="until when GitHub asked to wait",
    statements=(
        """CREATE TABLE github_holds (
            account TEXT NOT NULL PRIMARY KEY,
            noted_at BIGINT NOT NULL,
            until BIGINT NOT NULL
        )""",
    ),
)
