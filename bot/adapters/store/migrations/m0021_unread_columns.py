"""Columns that no program read."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

UNREAD_COLUMNS = Migration(
    version=21,
    title="without columns that no program read",
    statements=(
        "ALTER TABLE review_items DROP COLUMN seen_at",
        "ALTER TABLE attempts DROP COLUMN session_id",
        "ALTER TABLE deliveries DROP COLUMN received_at",
    ),
)
