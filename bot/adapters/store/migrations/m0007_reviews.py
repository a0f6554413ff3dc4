"""What reviewers asked for on the bot's pull requests, and with which commit it was answered."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

REVIEWS = Migration(
    version=7,
    title="revisions of pull requests, and what was read and answered of their reviews",
    statements=(
        """CREATE TABLE revisions (
            task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE,
            pull_request BIGINT NOT NULL CHECK (pull_request > 0),
            asked_by TEXT NOT NULL,
            asked_at BIGINT NOT NULL,
            answers JSON NOT NULL
        )""",
        """CREATE TABLE review_items (
            repository TEXT NOT NULL,
            item TEXT NOT NULL,
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            seen_at BIGINT NOT NULL,
            head TEXT,
            PRIMARY KEY (repository, item)
        )""",
        "CREATE INDEX review_items_by_task ON review_items (task_id)",
    ),
)
