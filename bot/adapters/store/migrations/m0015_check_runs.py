"""The check runs that an App shows on pull requests, and what they show of an attempt at work."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

CHECK_RUNS = Migration(
    version=15,
    title="check runs of pull requests, and attempts at work",
    statements=(
        """CREATE TABLE shown_checks (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            run BIGINT NOT NULL CHECK (run > 0),
            head TEXT NOT NULL,
            reference TEXT NOT NULL,
            status TEXT NOT NULL,
            has_buttons BOOLEAN NOT NULL,
            digest TEXT NOT NULL,
            shown_at BIGINT NOT NULL,
            PRIMARY KEY (task_id, name)
        )""",
        """CREATE TABLE live_attempts (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            turns INTEGER NOT NULL,
            cost_usd DOUBLE PRECISION NOT NULL,
            lines JSON NOT NULL,
            began_at BIGINT,
            pressed TEXT NOT NULL,
            pressed_at INTEGER NOT NULL
        )""",
    ),
)
