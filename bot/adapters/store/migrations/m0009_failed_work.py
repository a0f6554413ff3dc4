"""What a failed attempt leaves for people: Claude's explanation beside the evidence, and a publication of its work."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

FAILED_WORK = Migration(
    version=9,
    title="the evidence behind a failure, and the failure that a publication shows",
    statements=(
        "ALTER TABLE attempts ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE publications ADD COLUMN failure TEXT",
        "ALTER TABLE publications ADD COLUMN detail TEXT NOT NULL DEFAULT ''",
    ),
)
