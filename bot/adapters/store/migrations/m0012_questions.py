"""What a session asked people, beside what it said. Earlier attempts have their questions in the summary only."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

QUESTIONS = Migration(
    version=12,
    title="the questions of an attempt",
    statements=("ALTER TABLE attempts ADD COLUMN questions JSON NOT NULL DEFAULT '[]'",),
)
