"""For monitoring: sums that only grow, such as the model's tokens, and what is left of GitHub's hour."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

COUNTERS = Migration(
    version=34,
    title="counters, and what is left of GitHub's hour",
    statements=(
        """CREATE TABLE counters (
            name TEXT NOT NULL,
            label TEXT NOT NULL,
            value DOUBLE PRECISION NOT NULL,
            PRIMARY KEY (name, label)
        )""",
        """CREATE TABLE github_budgets (
            account TEXT PRIMARY KEY,
            most INTEGER NOT NULL,
            remaining INTEGER NOT NULL,
            resets_at BIGINT NOT NULL,
            noted_at BIGINT NOT NULL
        )""",
    ),
)
