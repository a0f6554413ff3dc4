"""How much of a subscription's windows was used during an attempt."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

PLAN_WINDOWS = Migration(
    version=20,
    title="what an attempt used of a subscription",
    statements=("ALTER TABLE attempts ADD COLUMN windows JSON NOT NULL DEFAULT '[]'",),
)
