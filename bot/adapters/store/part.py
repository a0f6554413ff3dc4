"""What each part of the ledger is built on: the transaction, and the rule of fences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, Table, select
from sqlalchemy.dialects import sqlite

from bot.adapters.store.schema import TASKS, in_state
from bot.core.references import IssueRef
from bot.core.tasks import State

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql


@dataclass(frozen=True, slots=True)
class Transaction:
    """One open transaction: its connection, and the fences of the runs that it has ended so far."""

    connection: Connection
    ended: set[int] = field(default_factory=set)


class Part:
    """The statements of one subject, over one transaction.

    A fence is the number of one claim, unique in the whole ledger. It holds while the task runs under that claim,
    and to the end of the transaction that ends the run, so that a worker can move its task and change it once more.
    """

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection

    def _holds(self, fence: int | None) -> bool:
        """Whether a write under `fence` may go through; one without a fence always may."""
        if fence is None or fence in self._transaction.ended:
            return True
        running = select(TASKS.c.id).where(TASKS.c.fence == fence, TASKS.c.fence > 0, in_state(State.RUNNING))
        return self._connection.scalar(running) is not None

    def _insert(self, table: Table) -> sqlite.Insert | postgresql.Insert:
        return insert_into(table, self._connection.dialect.name)

    def _put(
        self,
        table: Table,
        key: Mapping[str, object],
        values: Mapping[str, object],
        *,
        new: Mapping[str, object] = MappingProxyType({}),
    ) -> None:
        """Insert the row of this key, or replace these of its values. `new`: the other values of a new row."""
        row = self._insert(table).values(dict(key) | dict(new) | dict(values))
        self._connection.execute(row.on_conflict_do_update(index_elements=list(key), set_=dict(values)))

    def _task_id(self, issue: IssueRef) -> int:
        """Raises LookupError if there is no task for the issue."""
        found = self._connection.scalar(select(TASKS.c.id).where(of_issue(TASKS, issue)))
        if found is None:
            raise LookupError(f"{issue} is not known here")
        return int(found)


def insert_into(table: Table, database: str) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT, which SQLAlchemy spells once for each database."""
    if database != "postgresql":
        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - a tenth of SQLAlchemy, which SQLite does without

    return postgresql.insert(table)


def of_issue(table: Table, issue: IssueRef) -> ColumnElement[bool]:
    return (table.c.repository == issue.repository) & (table.c.number == issue.number)


def issue_key(issue: IssueRef) -> dict[str, object]:
    return {"repository": issue.repository, "number": issue.number}
