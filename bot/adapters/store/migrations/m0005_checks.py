"""Results by test, what is known of flaky tests, and the verdict on a change, which its status comment says first.

A baseline is remembered only to save time. One that was kept before knows no tests, and its key names no environment:
no program asks for it again, so it is removed with the next old rows.
"""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

CHECKS = Migration(
    version=5,
    title="flaky tests, when a baseline was kept, and the verdict on a change",
    statements=(
        "ALTER TABLE tasks ADD COLUMN verdict JSON",
        "ALTER TABLE baselines ADD COLUMN kept_at BIGINT NOT NULL DEFAULT 0",
        """CREATE TABLE flaky_tests (
            repository TEXT NOT NULL,
            test TEXT NOT NULL,
            times INTEGER NOT NULL,
            last_at BIGINT NOT NULL,
            PRIMARY KEY (repository, test)
        )""",
    ),
)
