"""The tables as statements see them. What the database enforces about them is written once, in `migrations`."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    FromClause,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    literal_column,
)

from bot.adapters.store.columns import Moment, Words
from bot.core.tasks import State

METADATA = MetaData()
VERSIONS = Table("schema_version", METADATA, Column("version", Integer, primary_key=True))

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("guid", Text),
    Column("event", Words),
    Column("payload", LargeBinary),
    Column("due_at", Moment),
    Column("done_at", Moment),
    Column("tries", Integer),
    Column("note", Words),
)

TASKS = Table(
    "tasks",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("repository", Text),
    Column("number", BigInteger),
    Column("state", Text),
    Column("priority", Integer),
    Column("snapshot", JSON),
    Column("overrides", JSON),
    Column("failure", Text),
    Column("detail", Words),
    Column("attempts", Integer),
    Column("automatic_retries", Integer),
    Column("blocked_by", Integer),  # how many of its blockers are unmet
    Column("not_before", Moment),
    Column("pushed", Text),
    Column("pull_request", BigInteger),
    Column("fence", BigInteger),
    Column("slot", Integer),
    Column("worker", Words),
    Column("lease_until", Moment),
    Column("created_at", Moment),
    Column("updated_at", Moment),
    Column("queued_at", Moment),
    Column("verdict", JSON(none_as_null=True)),  # none: nothing was published, or before verdicts were kept
    Column("lint", Text),
    Column("pushing", Text),  # recorded before the push
    Column("path_seconds", BigInteger),  # of the work that begins with it; 0: no issue waits for it
    Column("claimed", Text),  # where the branch was created that shows that it is worked on
    Column("merged_into", BigInteger),  # the issue whose branch it was merged into; none: the default branch
    Column("reached", Text),  # how far that merge brought its work
)

BLOCKERS = Table(
    "blockers",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("position", Integer),
    Column("met", Boolean),
    Column("is_unseen", Boolean),  # it could not be read when it was last asked for
    Column("is_held", Boolean),  # its branch is published, but cannot be merged with those of other blockers
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Column("outcome", Text),
    Column("failure", Text),
    Column("summary", Words),
    Column("completion", Words),
    Column("turns", Integer),
    Column("turn_limit", Integer),
    Column("cost_usd", Double),
    Column("seconds", Double),
    Column("claude_seconds", Double),
    Column("asked", Integer),
    Column("granted", Integer),
    Column("refused", Integer),
    Column("refused_commands", JSON),
    Column("commands", JSON),
    Column("note", Words),  # how far it is; of one that has ended, what the host lacks
    Column("detail", Words),
    Column("questions", JSON),
    Column("windows", JSON),
    Column("spent_usd", Double),  # so far, while it runs
)

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("key", Text),
    Column("kind", Text),
    Column("payload", JSON),
    Column("version", Integer),
    Column("tries", Integer),
    Column("due_at", Moment),  # none: it was said
    Column("note", Words),
    Column("rank", Integer),  # what a person waits for has the lowest
    Column("posted_at", Moment),
)

PAUSES = Table(
    "pauses",
    METADATA,
    Column("cause", Text, primary_key=True),
    Column("until", Moment),
    Column("reason", Words),
    Column("since", Moment),
)

WRITES = Table(
    "writes",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("at", Moment),
    Column("reads", Integer),  # sent since the write before
)


def _of_task() -> Column[int]:
    return Column("task_id", BigInteger, primary_key=True)


def _of_issue() -> tuple[Column[str], Column[int]]:
    return Column("repository", Text, primary_key=True), Column("number", BigInteger, primary_key=True)


# -- what belongs to a task, and is deleted with it

EVENTS = Table(
    "task_events",
    METADATA,
    Column("id", BigInteger, primary_key=True),
    Column("task_id", BigInteger),
    Column("at", Moment),
    Column("kind", Text),
    Column("source", Text),  # none: the task was new
    Column("target", Text),
    Column("actor", Words),
    Column("why", Words),
    Column("details", JSON),
)
STATUS_COMMENTS = Table("status_comments", METADATA, _of_task(), Column("comment", BigInteger), Column("digest", Text))
PUBLICATIONS = Table(
    "publications",
    METADATA,
    _of_task(),
    Column("head", Text),
    Column("replaces", Text),
    Column("base", Text),
    Column("title", Words),
    Column("body", Words),
    Column("summary", Words),
    Column("approved", Text),
    Column("failure", Text),
    Column("detail", Words),
    Column("below", BigInteger),
    *(Column(name, Text) for name in ("below_commit", "below_parts")),
)
KEPT_WORK = Table(
    "kept_work", METADATA, _of_task(), Column("base", Text), Column("head", Text), Column("session_id", Text)
)
REFUSED_PATCHES = Table(
    "refused_patches", METADATA, _of_task(), Column("attempt", Integer, primary_key=True), Column("patch", Words)
)
HELD_TASKS = Table(
    "held_tasks", METADATA, _of_task(), Column("at", Moment), Column("streak", Integer), Column("counted", Integer)
)

# -- what was seen and said on GitHub, also where there is no task

COMMENTS_BEGUN = Table(
    "comments_begun", METADATA, *_of_issue(), Column("marker", Words, primary_key=True), Column("begun_at", Moment)
)
ISSUES_SHOWN = Table(
    "issues_shown",
    METADATA,
    *_of_issue(),
    Column("labels", JSON(none_as_null=True)),  # none: not known
    Column("is_adding", Boolean),
    Column("is_uncommented", Boolean),
)
ISSUE_ORDER = Table(
    "issue_order",
    METADATA,
    *_of_issue(),
    Column("edited_at", Moment),
    Column("stopped_at", Moment),
    Column("command", BigInteger),
    Column("cancelled_at", Moment),
)
ISSUES_READ = Table("issues_read", METADATA, *_of_issue(), Column("updated_at", Moment))
BOOKMARKS = Table(
    "bookmarks",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("listing", Text, primary_key=True),
    Column("since", Moment),
    Column("newest", Moment),
)
HTTP_CACHE = Table(
    "http_cache",
    METADATA,
    Column("url", Words, primary_key=True),
    Column("etag", Words),
    Column("value", Words),
    Column("at", Moment),
)
COMMANDS_SEEN = Table(
    "commands_seen",
    METADATA,
    Column("comment", BigInteger, primary_key=True),
    Column("repository", Text),
    Column("at", Moment),
)
REPLIES = Table(
    "replies", METADATA, Column("key", Words, primary_key=True), Column("issue", Text), Column("at", Moment)
)
LABELS_MADE = Table(
    "labels_made", METADATA, Column("repository", Text, primary_key=True), Column("label", Words, primary_key=True)
)
BASELINES = Table(
    "baselines",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("commands", Text, primary_key=True),
    Column("base", Text),
    Column("ran", JSON),
    Column("kept_at", Moment),
)
FLAKY_TESTS = Table(
    "flaky_tests",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("test", Words, primary_key=True),
    Column("times", Integer),
    Column("last_at", Moment),
)
HOOKS = Table("hooks", METADATA, Column("repository", Text, primary_key=True), Column("number", BigInteger))
DELIVERY_LOGS = Table(
    "delivery_logs",
    METADATA,
    Column("path", Text, primary_key=True),
    Column("since", Moment),
    Column("asked", JSON),
)
QUEUE_STATE = Table(
    "queue_state",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("served_at", Moment),
    Column("good_at", Moment),
    Column("last_paused", BigInteger),
    Column("shown_reason", Words),
    Column("shown_after", BigInteger),
    Column("labels_after", BigInteger),  # none: every issue shows the labels of this version
    Column("are_paths_known", Boolean),  # not known: who waits for whom changed since
)
# What an older Nightshift kept under keys that no table takes: no part reads it, and nothing of an operator's is lost.
Table("leftovers", METADATA, Column("key", Text, primary_key=True), Column("value", Words))


def in_state(state: State, table: FromClause = TASKS) -> ColumnElement[bool]:
    """`state = 'queued'`, spelled out: SQLite uses a partial index only where the statement itself shows its
    condition, and a bound parameter does not."""
    return table.c.state == literal_column(f"'{state}'")


def is_unblocked(table: FromClause = TASKS) -> ColumnElement[bool]:
    """`blocked_by = 0`, spelled out for the same reason."""
    return table.c.blocked_by == literal_column("0")
