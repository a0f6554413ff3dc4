"""What pages of the dashboard show: the checks of an attempt test by test, and what doctor found last."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

PAGES = Migration(
    version=33,
    title="checks test by test, and what doctor found last",
    statements=(
        """CREATE TABLE check_results (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            results JSON NOT NULL,
            kept_at BIGINT NOT NULL,
            PRIMARY KEY (task_id, attempt)
        )""",
        """CREATE TABLE doctor_findings (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            findings JSON NOT NULL,
            found_by TEXT NOT NULL,
            found_at BIGINT NOT NULL
        )""",
    ),
)
