"""When Nightshift wrote to GitHub, for an hour: the limits are the installation's, not a process's."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

WRITES = Migration(
    version=3,
    title="the pace of writes",
    statements=(
        "CREATE TABLE writes (id {identity}, at BIGINT NOT NULL, reads INTEGER NOT NULL)",
        "CREATE INDEX writes_by_time ON writes (at)",
    ),
)
