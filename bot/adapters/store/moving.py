"""Takes a ledger from a SQLite file to a PostgreSQL server, whole or not at all, while the bot may run on the file.

The file's write lock is held from the first row to the end, so that nothing is written that is not copied. The rows are
compared after they were copied, and only then does the server commit. Last, the file is marked as moved, in the
transaction that holds its lock: no process, of this program or an older one, works on it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Double,
    LargeBinary,
    Table,
    Text,
    cast,
    func,
    insert,
    inspect,
    select,
    type_coerce,
)
from sqlalchemy.types import NullType

from bot.adapters.store.address import path_of, show_address
from bot.adapters.store.engine import Store, open_database
from bot.adapters.store.migrations import MOVED
from bot.adapters.store.schema import METADATA, TASKS, VERSIONS
from bot.adapters.store.unusable import WAS_MOVED, StoreUnusable

_AT_ONCE = 1000  # rows
_LIMIT = 2**256
Progress = Callable[[str, int], None]
"""A table and the number of its rows that were copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """`digest`: of all values of all rows, whatever their order."""

    rows: Mapping[str, int]
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """`was_there`: an earlier move was cut off after it had copied everything."""

    contents: Contents
    was_there: bool


def examine_move(source: str) -> Contents:
    """What a move would copy. Raises StoreUnusable."""
    _require_file(source)
    database = open_database(source)
    try:
        with database.reading() as connection:
            _require_known(connection)
            return _read_contents(connection)
    finally:
        database.close()


def move_ledger(source: str, target: str, progress: Progress) -> Moved:
    """Raises StoreUnusable; then the file is the ledger as before, and the server's tables are as they were."""
    _require_file(source)
    if path_of(target) is not None:
        raise StoreUnusable("DATABASE_URL names a file: set it to the server that the ledger is to be moved to")
    Store.open(source).close()  # both have today's tables
    Store.open(target).close()
    file, server = open_database(source), open_database(target)
    try:
        with file.writing() as old:
            _require_known(old)
            with server.writing() as new:
                # While the file is read, the server hears nothing of this transaction.
                new.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                moved = _copy_or_compare(old, new, target, progress)
            _mark(old)
        return moved
    finally:
        file.close()
        server.close()


def _require_file(source: str) -> None:
    path = path_of(source)
    if path is None or not path.exists():
        raise StoreUnusable(f"There is no ledger at {show_address(source)}, so there is nothing to move")


def _require_known(connection: Connection) -> None:
    unknown = set(inspect(connection).get_table_names()) - set(METADATA.tables)
    if unknown:
        raise StoreUnusable(f"The ledger has tables that this program does not know: {', '.join(sorted(unknown))}")


def _copy_or_compare(old: Connection, new: Connection, target: str, progress: Progress) -> Moved:
    """Copies nothing if the server has the same rows already."""
    present = _read_contents(new)
    was_there = any(present.rows.values())
    if not was_there:
        for table in _tables():
            _copy(table, old, new, progress)
        _set_counters(new)
    copied, wanted = _read_contents(new), _read_contents(old)
    if copied == wanted:
        return Moved(contents=wanted, was_there=was_there)
    if was_there:
        raise StoreUnusable(f"The ledger at {show_address(target)} holds other rows already: name an empty database")
    differing = sorted(name for name in wanted.rows if wanted.rows[name] != copied.rows[name])
    raise StoreUnusable(f"The copy differs from the ledger ({', '.join(differing) or 'in values'}), so it was not kept")


def _tables() -> list[Table]:
    """Those that refer to a task come after the tasks."""
    others = [table for table in METADATA.tables.values() if table not in (TASKS, VERSIONS)]
    return [TASKS, *others]


def _copy(table: Table, old: Connection, new: Connection, progress: Progress) -> None:
    """By COPY, in which a value is the text that the database reads: JSON stays as it was written, to the byte."""
    driver: Any = new.connection.driver_connection
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    count = 0
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for rows in _read(table, old):
            for row in rows:
                copy.write_row([_as_bool(column, value) for column, value in zip(table.columns, row, strict=True)])
            count += len(rows)
            progress(table.name, count)


def _as_bool(column: Column[Any], value: object) -> object:
    return bool(value) if isinstance(column.type, Boolean) and value is not None else value


def _set_counters(new: Connection) -> None:
    """The next row gets the number after the last one that was copied."""
    for table in _tables():
        if "id" in table.columns and (counter := new.scalar(select(func.pg_get_serial_sequence(table.name, "id")))):
            highest = new.scalar(select(func.max(table.c.id)))
            if highest is not None:
                new.execute(select(func.setval(counter, highest)))


def _read_contents(connection: Connection) -> Contents:
    counts, total = dict[str, int](), 0
    for table in _tables():
        counts[table.name] = 0
        for rows in _read(table, connection):
            counts[table.name] += len(rows)
            total += sum(_hash(table, row) for row in rows)
    return Contents(rows=counts, digest=f"{total % _LIMIT:064x}")


def _read(table: Table, connection: Connection) -> Iterator[Sequence[Sequence[object]]]:
    """Values as both databases have them: numbers, texts, bytes, and JSON as its text."""
    asked = select(*(_plain(column).label(column.name) for column in table.columns))
    with connection.execute(asked, execution_options={"stream_results": True}) as found:
        yield from found.partitions(_AT_ONCE)


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    return cast(column, Text) if isinstance(column.type, JSON) else type_coerce(column, NullType())


def _hash(table: Table, row: Sequence[object]) -> int:
    """Of the values in one spelling: SQLite has 1 for true, and keeps a whole number in a column of fractions."""
    spelled = [table.name, *(_spell(column, value) for column, value in zip(table.columns, row, strict=True))]
    return int.from_bytes(hashlib.sha256(repr(spelled).encode()).digest(), "big")


def _spell(column: Column[Any], value: Any) -> object:
    if value is None or isinstance(value, str):
        return value
    if isinstance(column.type, LargeBinary):
        return bytes(value)
    return float(value) if isinstance(column.type, Double) else int(value)


def _mark(old: Connection) -> None:
    """No program opens the file again, and one that has it open can change nothing, which would be lost."""
    old.execute(insert(VERSIONS).values(version=MOVED))
    for table in METADATA.tables:
        for change in ("INSERT", "UPDATE", "DELETE"):
            name = f"moved_{table}_{change.lower()}"
            refused = f"BEGIN SELECT RAISE(ABORT, '{WAS_MOVED}'); END"
            old.exec_driver_sql(f'CREATE TRIGGER {name} BEFORE {change} ON "{table}" {refused}')
