"""Which blockers could not be read: with the tasks that name them, and no longer among GitHub's answers."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

UNSEEN_BLOCKERS = Migration(
    version=24,
    title="blockers that could not be read",
    statements=(
        "ALTER TABLE blockers ADD COLUMN is_unseen BOOLEAN NOT NULL DEFAULT FALSE",
        """UPDATE blockers SET is_unseen = TRUE WHERE EXISTS (
            SELECT 1 FROM http_cache
            WHERE url = 'blocker:' || blockers.repository || '#' || blockers.number AND value = 'unseen'
        )""",
        "DELETE FROM http_cache WHERE substr(url, 1, 8) = 'blocker:'",
    ),
)
