"""One row for each cause that holds the queue: a usage limit's reset must not end what a person asked for."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

PAUSES = Migration(
    version=2,
    title="pauses by cause",
    statements=(
        """CREATE TABLE pauses (
            cause TEXT PRIMARY KEY,
            until BIGINT,
            reason TEXT NOT NULL,
            since BIGINT NOT NULL
        )""",
        # Until now only Claude's account paused the queue, and each such pause had an end.
        "INSERT INTO pauses (cause, until, reason, since) SELECT 'usage_limit', until, reason, since FROM pause",
        "DROP TABLE pause",
    ),
)
