"""A part of the ledger that goes to another host: what an attempt there reads of its task and of its repository.

Rows travel as they are, so a host has to run the same version: the number of the newest migration travels with them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, insert, select

from bot.adapters.store.checks import Baselines, FlakyTests
from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part
from bot.adapters.store.schema import ATTEMPTS, BASELINES, BLOCKERS, FLAKY_TESTS, KEPT_WORK, METADATA, TASKS, VERSIONS
from bot.core.tasks import Task
from bot.core.untrusted import as_str

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""By the name of their table, as JSON holds them."""
_OF_TASK = ("revisions", "repairs", "stacked_on", "stacked_parts", "branches_apart", "adopted_heads")
_MOST_LEARNT = 1000
_OF_REPOSITORY = ("dependency_modes", "pull_request_settings")


class Slices(Part):
    def version(self) -> int:
        """Of the newest migration."""
        return self._connection.scalar(select(func.max(VERSIONS.c.version))) or 0

    def read(self, task: Task, blockers: Collection[int]) -> dict[str, list[dict[str, Any]]]:
        """`blockers`: the tasks that it starts from, whose rows go with it."""
        return {
            table.name: [_encode(row) for row in self._connection.execute(select(table).where(those)).mappings()]
            for table, those in _choose(task, blockers)
        }

    def add(self, rows: Rows) -> None:
        """Into a ledger that is empty."""
        for name, found in rows.items():
            table = METADATA.tables[name]
            if found:
                self._connection.execute(insert(table), [_decode(table, row) for row in found])

    def learn(self, repository: str, rows: Rows, now: datetime) -> None:
        """What an attempt elsewhere found out about the repository's checks."""
        baselines, flaky = Baselines(self._transaction), FlakyTests(self._transaction)
        for row in rows.get(BASELINES.name, ())[:_MOST_LEARNT]:
            baselines.learn(repository, row, now)
        known = flaky.of(repository)
        said = [as_str(row.get("test")) for row in rows.get(FLAKY_TESTS.name, ())[:_MOST_LEARNT]]
        flaky.keep(repository, [test for test in said if test and test not in known], now)

    def memory(self, repository: str) -> dict[str, list[dict[str, Any]]]:
        """What the checks of an attempt taught about its repository."""
        return {
            table.name: [
                _encode(row)
                for row in self._connection.execute(select(table).where(table.c.repository == repository)).mappings()
            ]
            for table in (BASELINES, FLAKY_TESTS)
        }


def _choose(task: Task, blockers: Collection[int]) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    every = (task.id, *blockers)
    yield TASKS, TASKS.c.id.in_(every)
    yield BLOCKERS, BLOCKERS.c.task_id.in_(every)
    yield ATTEMPTS, ATTEMPTS.c.task_id == task.id
    yield KEPT_WORK, KEPT_WORK.c.task_id == task.id
    for table in (BASELINES, FLAKY_TESTS):
        yield table, table.c.repository == task.issue.repository
    for name in _OF_TASK:
        table = METADATA.tables[name]
        yield table, table.c.task_id.in_(every)
    for name in _OF_REPOSITORY:
        table = METADATA.tables[name]
        yield table, table.c.repository == task.issue.repository


def _encode(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _decode(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    moments = {column.name for column in table.columns if isinstance(column.type, Moment)}
    return {
        name: datetime.fromisoformat(value) if name in moments and value is not None else value
        for name, value in row.items()
    }
