"""Named tables in the place of the key/value table `memory`, events of tasks, and indexes for what is read often.

What belongs to a task refers to it and is deleted with it. `m0003_memory` moves the rows.
"""

from __future__ import annotations

from bot.adapters.store.migrations.m0003_memory import move_memory
from bot.adapters.store.migrations.migration import Migration

_OF_TASK = "task_id BIGINT PRIMARY KEY REFERENCES tasks (id) ON DELETE CASCADE"

_DELETE_WITH_TASK = (
    "ALTER TABLE tasks RENAME COLUMN waits TO blocked_by",
    "ALTER TABLE blockers RENAME TO blockers_before",
    """CREATE TABLE blockers (
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        repository TEXT NOT NULL,
        number BIGINT NOT NULL CHECK (number > 0),
        position INTEGER NOT NULL,
        met BOOLEAN NOT NULL,
        PRIMARY KEY (task_id, repository, number)
    )""",
    "INSERT INTO blockers SELECT * FROM blockers_before",
    "DROP TABLE blockers_before",
    "CREATE INDEX blockers_by_issue ON blockers (repository, number, met)",
    "ALTER TABLE attempts RENAME TO attempts_before",
    """CREATE TABLE attempts (
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
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
    "INSERT INTO attempts SELECT * FROM attempts_before",
    "DROP TABLE attempts_before",
)

_INDEXES = (
    "CREATE INDEX attempts_by_end ON attempts (finished_at) WHERE finished_at IS NOT NULL",
    "CREATE INDEX attempts_open ON attempts (task_id) WHERE finished_at IS NULL",
    "CREATE INDEX deliveries_done ON deliveries (done_at) WHERE done_at IS NOT NULL",
    # For counts by state alone: the public page must not read every task's text. No statement looks for a number of
    # attempts; with the state in front the planner would leave the partial indexes for this one.
    "CREATE INDEX tasks_counted ON tasks (attempts, state)",
    "CREATE INDEX tasks_blocked ON tasks (repository, number) WHERE state = 'queued' AND blocked_by > 0",
)

_OUTBOX = (
    "ALTER TABLE outbox ADD COLUMN rank INTEGER NOT NULL DEFAULT 2",
    "ALTER TABLE outbox ADD COLUMN posted_at BIGINT NOT NULL DEFAULT 0",
    "UPDATE outbox SET rank = CASE kind WHEN 'reaction' THEN 0 WHEN 'reply' THEN 1 ELSE 2 END,"
    " posted_at = coalesce(due_at, (SELECT max(updated_at) FROM tasks), 0)",
    "DROP INDEX outbox_to_say",
    "CREATE INDEX outbox_to_say ON outbox (rank, due_at, id) WHERE due_at IS NOT NULL",
    "CREATE INDEX outbox_settled ON outbox (posted_at) WHERE due_at IS NULL",
    "CREATE INDEX outbox_given_up ON outbox (id) WHERE due_at IS NULL AND note <> ''",
)

_EVENTS = (
    """CREATE TABLE task_events (
        id {identity},
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        at BIGINT NOT NULL,
        kind TEXT NOT NULL,
        source TEXT,
        target TEXT NOT NULL,
        actor TEXT NOT NULL,
        why TEXT NOT NULL,
        details JSON NOT NULL
    )""",
    "CREATE INDEX task_events_by_task ON task_events (task_id, id)",
    "CREATE INDEX task_events_by_time ON task_events (at, target)",
)

_OF_TASKS = (
    f"CREATE TABLE status_comments ({_OF_TASK}, comment BIGINT NOT NULL, digest TEXT NOT NULL)",
    f"""CREATE TABLE publications (
        {_OF_TASK},
        head TEXT NOT NULL,
        replaces TEXT,
        base TEXT NOT NULL,
        title TEXT NOT NULL,
        body TEXT NOT NULL,
        summary TEXT NOT NULL,
        approved TEXT NOT NULL
    )""",
    f"CREATE TABLE pushes ({_OF_TASK}, head TEXT NOT NULL)",
    f"""CREATE TABLE kept_work (
        {_OF_TASK},
        attempt INTEGER NOT NULL,
        base TEXT NOT NULL,
        head TEXT,
        session_id TEXT NOT NULL,
        cost_usd DOUBLE PRECISION NOT NULL
    )""",
    """CREATE TABLE refused_patches (
        task_id BIGINT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
        attempt INTEGER NOT NULL,
        patch TEXT NOT NULL,
        PRIMARY KEY (task_id, attempt)
    )""",
    f"CREATE TABLE held_tasks ({_OF_TASK}, at BIGINT NOT NULL, streak INTEGER NOT NULL, counted INTEGER NOT NULL)",
)

_OF_GITHUB = (
    """CREATE TABLE comments_begun (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        marker TEXT NOT NULL,
        begun_at BIGINT NOT NULL,
        PRIMARY KEY (repository, number, marker)
    )""",
    """CREATE TABLE issues_shown (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        labels JSON,
        is_adding BOOLEAN NOT NULL,
        is_uncommented BOOLEAN NOT NULL,
        PRIMARY KEY (repository, number)
    )""",
    """CREATE TABLE issue_order (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        edited_at BIGINT,
        stopped_at BIGINT,
        command BIGINT NOT NULL,
        cancelled_at BIGINT,
        PRIMARY KEY (repository, number)
    )""",
    """CREATE TABLE issues_read (
        repository TEXT NOT NULL,
        number BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (repository, number)
    )""",
    """CREATE TABLE bookmarks (
        repository TEXT NOT NULL,
        listing TEXT NOT NULL,
        since BIGINT NOT NULL,
        etag TEXT NOT NULL,
        newest BIGINT NOT NULL,
        PRIMARY KEY (repository, listing)
    )""",
    "CREATE TABLE http_cache (url TEXT PRIMARY KEY, etag TEXT NOT NULL, value TEXT NOT NULL, at BIGINT NOT NULL)",
    "CREATE TABLE commands_seen (comment BIGINT PRIMARY KEY, repository TEXT NOT NULL, at BIGINT NOT NULL)",
    "CREATE TABLE replies (key TEXT PRIMARY KEY, issue TEXT NOT NULL, at BIGINT NOT NULL)",
    "CREATE TABLE labels_made (repository TEXT NOT NULL, label TEXT NOT NULL, PRIMARY KEY (repository, label))",
    """CREATE TABLE baselines (
        repository TEXT NOT NULL,
        commands TEXT NOT NULL,
        base TEXT NOT NULL,
        ran JSON NOT NULL,
        PRIMARY KEY (repository, commands)
    )""",
    "CREATE TABLE hooks (repository TEXT PRIMARY KEY, number BIGINT NOT NULL)",
    "CREATE TABLE delivery_logs (path TEXT PRIMARY KEY, since BIGINT, etag TEXT NOT NULL, asked JSON NOT NULL)",
    """CREATE TABLE queue_state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        served_at BIGINT,
        good_at BIGINT,
        last_paused BIGINT NOT NULL,
        shown_reason TEXT NOT NULL,
        shown_after BIGINT
    )""",
    # What an older program kept under a key that no table takes: read by nothing, and not thrown away unseen.
    "CREATE TABLE leftovers (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
)

NAMED_TABLES = Migration(
    version=3,
    title="named tables and events",
    statements=(*_DELETE_WITH_TASK, *_INDEXES, *_OUTBOX, *_EVENTS, *_OF_TASKS, *_OF_GITHUB),
    move=move_memory,
    afterwards=("DROP TABLE memory",),
)
