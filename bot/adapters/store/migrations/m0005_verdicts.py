"""What the checks said of the change that a task's pull request shows: its status comment says it first."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

VERDICTS = Migration(
    version=5,
    title="the verdict on a task's change",
    statements=("ALTER TABLE tasks ADD COLUMN verdict JSON",),
)
