"""Who is asked to look at the bot's pull requests, as each repository's settings say, and who was for each rest."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

REVIEWERS = Migration(
    version=17,
    title="reviewers, assignees and labels of pull requests",
    statements=(
        "CREATE TABLE pull_request_settings (repository TEXT PRIMARY KEY, settings JSON NOT NULL)",
        "ALTER TABLE notices ADD COLUMN asked JSON",
    ),
)
