"""What the checks of a task's last attempts said of each test, for the dashboard. Deleted with the task."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import JSON, BigInteger, Column, Integer, Table, delete, select

from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.core.results_by_test import CheckResults, read_results, record_results

CHECK_RESULTS = Table(
    "check_results",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("results", JSON),
    Column("kept_at", Moment),
)
_KEPT = 3  # attempts of one task


class CheckResultRows(Part):
    def keep(self, task_id: int, attempt: int, results: Iterable[CheckResults], now: datetime) -> None:
        """The attempts before the last ones are forgotten."""
        values = {"results": record_results(results), "kept_at": now}
        self._put(CHECK_RESULTS, {"task_id": task_id, "attempt": attempt}, values)
        theirs, number = CHECK_RESULTS.c.task_id == task_id, CHECK_RESULTS.c.attempt
        numbers = self._connection.scalars(select(number).where(theirs).order_by(number.desc())).all()
        self._connection.execute(delete(CHECK_RESULTS).where(theirs, number.in_(numbers[_KEPT:])))

    def of(self, task_id: int) -> dict[int, tuple[CheckResults, ...]]:
        """By the number of the attempt, the last one first."""
        found = select(CHECK_RESULTS.c.attempt, CHECK_RESULTS.c.results).where(CHECK_RESULTS.c.task_id == task_id)
        rows = self._connection.execute(found.order_by(CHECK_RESULTS.c.attempt.desc())).all()
        return {row.attempt: read_results(row.results) for row in rows}
