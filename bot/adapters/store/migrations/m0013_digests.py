"""The issue of each night: which one it is, and what it shows."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

DIGESTS = Migration(
    version=13,
    title="the digest of each night",
    statements=(
        """CREATE TABLE digests (
            night BIGINT PRIMARY KEY,
            seen TEXT NOT NULL,
            number BIGINT CHECK (number > 0),
            shown TEXT NOT NULL,
            begun_at BIGINT,
            earlier_closed BOOLEAN NOT NULL
        )""",
    ),
)
