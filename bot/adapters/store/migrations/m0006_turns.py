"""Whose turn it is: the comments that notify a person, and which issues show the labels of earlier versions.

What rests already was announced, or is long known: it is put down as notified, so that an update notifies no person.
`labels_after`: the last task whose labels were shown anew; NULL where there is none left to show.
"""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

TURNS = Migration(
    version=6,
    title="notices, and labels that say whose turn it is",
    statements=(
        """CREATE TABLE notices (
            task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
            rest TEXT NOT NULL,
            comment BIGINT,
            digest TEXT NOT NULL,
            PRIMARY KEY (task_id, rest)
        )""",
        """INSERT INTO notices (task_id, rest, comment, digest)
            SELECT id, attempts || '.' || COALESCE(failure, state), NULL, '' FROM tasks
            WHERE state IN ('in_review', 'failed')""",
        "ALTER TABLE queue_state ADD COLUMN labels_after BIGINT",
        """INSERT INTO queue_state (id, served_at, good_at, last_paused, shown_reason, shown_after)
            SELECT 1, NULL, NULL, 0, '', NULL
            WHERE EXISTS (SELECT 1 FROM tasks) AND NOT EXISTS (SELECT 1 FROM queue_state)""",
        "UPDATE queue_state SET labels_after = 0 WHERE EXISTS (SELECT 1 FROM tasks)",
    ),
)
