"""What is asked often reads only what waits on PostgreSQL too, however many rows there are: here a million of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError

from bot.adapters.store import Store
from tests.adapters.store_calls import OFTEN
from tests.postgres_server import shared_server

pytestmark = [pytest.mark.needs("psql"), pytest.mark.nightly]
MANY = 1_000_000
GROWING = "tasks|blockers|deliveries|outbox|task_events"
# Reads what belongs to all tasks in review, which are a hundredth here: the planner may read one table whole for that.
OF_ALL_IN_REVIEW = {"in review"}
ROWS = f"""
    SET session_replication_role = replica;
    INSERT INTO tasks (repository, number, state, priority, snapshot, overrides, detail, attempts, automatic_retries,
                       blocked_by, fence, created_at, updated_at, queued_at, failure, lint)
    SELECT 'octo/r' || (i % 100), i,
           CASE WHEN i % 100 = 0 THEN 'queued' WHEN i % 100 = 1 THEN 'in_review' WHEN i % 10 = 3 THEN 'failed'
           ELSE 'done' END, 1, '{{"title": "t", "body": "", "comments": []}}', '{{}}', '', 1, 0,
           CASE WHEN i % 200 = 0 THEN 1 ELSE 0 END, 0, i, i, i, 'stalled', '' FROM generate_series(1, {MANY}) i;
    INSERT INTO blockers (task_id, repository, number, position, met)
    SELECT i, 'octo/r' || (i % 100), i + 1, 0, i % 200 <> 0 FROM generate_series(1, {MANY}) i;
    INSERT INTO deliveries (guid, event, payload, due_at, done_at, tries, note)
    SELECT 'g' || i, 'issues', '', i, CASE WHEN i % 1000 > 0 THEN i END, 0, ''
    FROM generate_series(1, {MANY}) i;
    INSERT INTO outbox (key, kind, payload, version, tries, due_at, note, rank, posted_at)
    SELECT 'k' || i, 'status', '{{}}', 1, 0, CASE WHEN i % 1000 = 0 THEN i END, '', 2, i
    FROM generate_series(1, {MANY}) i;
    INSERT INTO task_events (task_id, at, kind, source, target, actor, why, details)
    SELECT i, i, 'started', NULL, 'queued', '', '', '{{}}' FROM generate_series(1, {MANY}) i;
    ANALYZE
"""  # noqa: S608 - one number


@contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """Those that reach the database meanwhile, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        seen.append((call[2], call[3]))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_what_is_asked_often_reads_no_whole_table_of_a_million_rows() -> None:
    server = shared_server()
    url, whole = server.create_ledger(), dict[str, str]()
    with psycopg.connect(url, autocommit=True) as connection, closing(Store.open(url)) as store:
        connection.execute(ROWS.encode())
        for name, asked in OFTEN.items():
            with statements() as seen, suppress(LookupError, IntegrityError), store.transaction() as ledger:
                asked(ledger)
            assert seen, name
            for statement, parameters in seen:
                plan = "\n".join(
                    str(row[0])
                    for row in connection.execute(f"EXPLAIN {statement}".encode(), parameters, prepare=False)
                )
                if re.search(rf"Seq Scan on ({GROWING})\b", plan):
                    whole[name] = f"{statement}\n{plan}"
    server.drop(url)

    assert whole.keys() - OF_ALL_IN_REVIEW == set(), whole
