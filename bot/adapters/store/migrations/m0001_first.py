"""The first ledger. Released: never changed."""

from __future__ import annotations

from bot.adapters.store.migrations.migration import Migration

FIRST = Migration(
    version=1,
    title="the first ledger",
    statements=(
        "CREATE TABLE schema_version (version INTEGER PRIMARY KEY)",
        """CREATE TABLE deliveries (
            id {identity},
            guid TEXT NOT NULL UNIQUE,
            event TEXT NOT NULL,
            payload {bytes} NOT NULL,
            received_at BIGINT NOT NULL,
            due_at BIGINT NOT NULL,
            done_at BIGINT,
            tries INTEGER NOT NULL CHECK (tries >= 0),
            note TEXT NOT NULL
        )""",
        "CREATE INDEX deliveries_to_do ON deliveries (id, due_at) WHERE done_at IS NULL",
        """CREATE TABLE tasks (
            id {identity},
            repository TEXT NOT NULL,
            number BIGINT NOT NULL CHECK (number > 0),
            state TEXT NOT NULL CHECK (state IN (
                'queued', 'running', 'in_review', 'done', 'failed', 'no_change', 'cancelled', 'closed'
            )),
            priority INTEGER NOT NULL,
            snapshot JSON NOT NULL,
            overrides JSON NOT NULL,
            failure TEXT,
            detail TEXT NOT NULL,
            attempts INTEGER NOT NULL CHECK (attempts >= 0),
            automatic_retries INTEGER NOT NULL CHECK (automatic_retries >= 0),
            waits INTEGER NOT NULL CHECK (waits >= 0),
            not_before BIGINT,
            pushed TEXT,
            pull_request BIGINT,
            fence BIGINT NOT NULL CHECK (fence >= 0),
            slot INTEGER CHECK (slot >= 0),
            worker TEXT,
            lease_until BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            queued_at BIGINT NOT NULL,
            UNIQUE (repository, number),
            CONSTRAINT a_failed_task_says_why CHECK (state <> 'failed' OR failure IS NOT NULL),
            CONSTRAINT only_a_running_task_holds_a_lease CHECK (
                (state = 'running') = (slot IS NOT NULL)
                AND (state = 'running') = (worker IS NOT NULL)
                AND (state = 'running') = (lease_until IS NOT NULL)
            )
        )""",
        # The last word on how many tasks of a repository run: two cannot hold the same slot, whatever a program does.
        "CREATE UNIQUE INDEX tasks_slots ON tasks (repository, slot) WHERE state = 'running'",
        "CREATE UNIQUE INDEX tasks_fences ON tasks (fence) WHERE fence > 0",
        "CREATE INDEX tasks_ready ON tasks (repository, priority, id, not_before) WHERE state = 'queued' AND waits = 0",
        # For lists by state. One whole index over the state would tempt the planner away from the one above.
        "CREATE INDEX tasks_queued ON tasks (queued_at) WHERE state = 'queued'",
        "CREATE INDEX tasks_in_review ON tasks (repository, number) WHERE state = 'in_review'",
        "CREATE INDEX tasks_by_pull_request ON tasks (repository, pull_request) WHERE pull_request IS NOT NULL",
        """CREATE TABLE blockers (
            task_id BIGINT NOT NULL REFERENCES tasks (id),
            repository TEXT NOT NULL,
            number BIGINT NOT NULL CHECK (number > 0),
            position INTEGER NOT NULL,
            met BOOLEAN NOT NULL,
            PRIMARY KEY (task_id, repository, number)
        )""",
        "CREATE INDEX blockers_by_issue ON blockers (repository, number, met)",
        """CREATE TABLE attempts (
            task_id BIGINT NOT NULL REFERENCES tasks (id),
            number INTEGER NOT NULL CHECK (number > 0),
            started_at BIGINT NOT NULL,
            finished_at BIGINT,
            outcome TEXT,
            failure TEXT,
            summary TEXT NOT NULL,
            completion TEXT NOT NULL,
            turns INTEGER NOT NULL,
            turn_limit INTEGER NOT NULL,
            cost_usd DOUBLE PRECISION NOT NULL,
            seconds DOUBLE PRECISION NOT NULL,
            claude_seconds DOUBLE PRECISION NOT NULL,
            asked INTEGER NOT NULL,
            granted INTEGER NOT NULL,
            refused INTEGER NOT NULL,
            refused_commands JSON NOT NULL,
            commands JSON NOT NULL,
            session_id TEXT NOT NULL,
            note TEXT NOT NULL,
            PRIMARY KEY (task_id, number)
        )""",
        """CREATE TABLE outbox (
            id {identity},
            key TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            payload JSON NOT NULL,
            version INTEGER NOT NULL CHECK (version > 0),
            tries INTEGER NOT NULL CHECK (tries >= 0),
            due_at BIGINT,
            note TEXT NOT NULL
        )""",
        "CREATE INDEX outbox_to_say ON outbox (due_at, id) WHERE due_at IS NOT NULL",
        "CREATE TABLE memory (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
        """CREATE TABLE pause (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            until BIGINT,
            reason TEXT NOT NULL,
            since BIGINT NOT NULL
        )""",
    ),
)
