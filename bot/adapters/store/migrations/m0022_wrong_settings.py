"""Repositories whose settings have mistakes, and the issue on which a comment names them."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

WRONG_SETTINGS = Migration(
    version=22,
    title="settings of repositories that have mistakes",
    statements=(
        "CREATE TABLE wrong_settings"
        " (repository TEXT PRIMARY KEY, version TEXT NOT NULL, mistakes JSON NOT NULL, number BIGINT)",
    ),
)
