"""A ledger with many waiting tasks, written by a few statements: by the program, a million would take an hour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Table,
    case,
    cast,
    create_engine,
    func,
    insert,
    literal,
    make_url,
    select,
    text,
    true,
)
from sqlalchemy.types import Text

from bot.adapters.store import Store
from bot.adapters.store.schema import BLOCKERS, EVENTS, TASKS
from bot.core.references import IssueRef
from bot.core.tasks import Priority, Snapshot
from bot.wiring import utc_now

REPOSITORIES = 50
CHAIN = 10
"""Every second task is ready; the others wait in chains of so many."""
_SNAPSHOT = Snapshot(title="The clock is wrong", body="It goes wrong when the hour changes.\n" * 5)
_BATCH = 100_000


def repository(number: int) -> str:
    return f"octo/clock-{number % REPOSITORIES}"


def fill(store: Store, url: str, size: int) -> None:
    """Task and issue `n` is in `repository(n)`. The odd ones wait for the one of their repository before them, but
    for the first of each chain."""
    if size == 0:
        return
    with store.transaction() as ledger:
        first = IssueRef(repository(1), 1)
        ledger.tasks.enqueue(first, snapshot=_SNAPSHOT, blockers=(), priority=Priority.NORMAL, now=utc_now())
    engine = create_engine(with_driver(url))
    for begin in range(2, size + 1, _BATCH):
        with engine.begin() as connection:
            _copy_tasks(connection, begin, min(begin + _BATCH - 1, size))
    with engine.begin() as connection:
        _finish(connection)
    engine.dispose()


def with_driver(url: str) -> URL:
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+psycopg") if parsed.get_backend_name() == "postgresql" else parsed


def _copy_tasks(connection: Connection, begin: int, end: int) -> None:
    numbers = select(literal(begin).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < end))
    n = numbers.c.n
    named = literal("octo/clock-", Text).concat(cast(n % REPOSITORIES, Text))
    waits = (n % 2 == 1) & (n // (2 * REPOSITORIES) % CHAIN != 0)
    task = {"id": n, "number": n, "repository": named, "blocked_by": case((waits, 1), else_=0)}
    _copy(connection, TASKS, TASKS.c.id == 1, task, numbers)
    _copy(connection, EVENTS, EVENTS.c.task_id == 1, {"id": n, "task_id": n}, numbers)
    before = {"task_id": n, "repository": named, "number": n - 2 * REPOSITORIES, "position": 0, "met": False}
    chosen = select(*[_value(before.get(each.name, False)).label(each.name) for each in BLOCKERS.c])
    connection.execute(insert(BLOCKERS).from_select([*BLOCKERS.c.keys()], chosen.select_from(numbers).where(waits)))


def _copy(
    connection: Connection, table: Table, which: ColumnElement[bool], other: Mapping[str, Any], numbers: Any
) -> None:
    """A row for each number, as the one there is but for the columns in `other`."""
    each_number = table.join(numbers, true())
    chosen = select(*[other.get(each.name, each) for each in table.c]).select_from(each_number).where(which)
    connection.execute(insert(table).from_select([*table.c.keys()], chosen))


def _value(value: Any) -> ColumnElement[Any]:
    return value if isinstance(value, ColumnElement) else literal(value)


def _finish(connection: Connection) -> None:
    """The keys that PostgreSQL counts up go on behind those that were given, and both learn what the tables hold."""
    if connection.dialect.name == "postgresql":
        for table in (TASKS, EVENTS):
            highest = connection.scalar(select(func.max(table.c.id)))
            connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, "id"), highest)))
    connection.execute(text("ANALYZE"))
