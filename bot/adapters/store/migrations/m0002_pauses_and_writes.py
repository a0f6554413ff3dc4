"""Pauses by cause, since a usage limit's reset must not end what a person asked for; and the pace of writes to GitHub,
since its limits are the installation's and not a process's.
"""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

PAUSES_AND_WRITES = Migration(
    version=2,
    title="pauses by cause, and the pace of writes",
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
        "CREATE TABLE writes (id {identity}, at BIGINT NOT NULL, reads INTEGER NOT NULL)",
        "CREATE INDEX writes_by_time ON writes (at)",
    ),
)
