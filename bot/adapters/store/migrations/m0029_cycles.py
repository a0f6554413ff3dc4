"""Tasks that failed because issues wait for each other are looked at whenever a wait ends."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

CYCLES = Migration(
    version=29,
    title="the tasks that failed for closing a cycle",
    statements=("CREATE INDEX tasks_in_cycles ON tasks (id) WHERE state = 'failed' AND failure = 'dependency_cycle'",),
)
