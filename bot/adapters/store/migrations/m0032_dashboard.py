"""What the dashboard reads: the tasks of a state in the order in which they changed, and what an attempt costs while it
runs."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

# One for each state: SQLite would take a single one of all states where it now takes those of what waits.
_AT_REST = ("in_review", "failed", "done", "no_change", "cancelled", "closed")

DASHBOARD = Migration(
    version=32,
    title="tasks by their last change, and the cost of attempts that run",
    statements=(
        *(
            f"CREATE INDEX tasks_changed_{state} ON tasks (updated_at, repository) WHERE state = '{state}'"
            for state in _AT_REST
        ),
        "ALTER TABLE attempts ADD COLUMN spent_usd DOUBLE PRECISION NOT NULL DEFAULT 0",
    ),
)
