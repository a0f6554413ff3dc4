"""Issues whose task ended long ago and was removed (`OldTasks`): what is asked for there is no new issue.

GitHub still has what was shown of such a task, and it comes back from there when something happens on its issue.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Table,
    Text,
    and_,
    delete,
    exists,
    func,
    insert,
    select,
    tuple_,
)

from bot.adapters.store.columns import Moment
from bot.adapters.store.part import Part, of_issue
from bot.adapters.store.schema import ISSUES_SHOWN, KEPT_WORK, METADATA, PUBLICATIONS, TASKS
from bot.adapters.store.stacks import STACKED_ON, STACKED_PARTS
from bot.core.references import IssueRef
from bot.core.tasks import MergeReach, State

REMOVED_TASKS = Table(
    "removed_tasks",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("pull_request", BigInteger),
    Column("state", Text),
    Column("at", Moment),  # of the removal
)
_ENDED = (State.DONE, State.CLOSED, State.NO_CHANGE, State.CANCELLED)
_STEP = 100  # tasks in one transaction: each has rows in many tables


class RemovedTasks(Part):
    def find(self, number: IssueRef) -> tuple[IssueRef, datetime] | None:
        """The issue, if this is it or its pull request, and when its task was removed."""
        either = (REMOVED_TASKS.c.number == number.number) | (REMOVED_TASKS.c.pull_request == number.number)
        its = (REMOVED_TASKS.c.repository == number.repository) & either
        row = self._connection.execute(select(REMOVED_TASKS.c.number, REMOVED_TASKS.c.at).where(its)).first()
        return None if row is None else (IssueRef(number.repository, row.number), row.at)

    def was_done(self, issue: IssueRef) -> bool:
        its = of_issue(REMOVED_TASKS, issue) & (REMOVED_TASKS.c.state == State.DONE)
        return self._connection.scalar(select(REMOVED_TASKS.c.number).where(its)) is not None

    def numbers(self, repository: str) -> set[int]:
        found = select(REMOVED_TASKS.c.number).where(REMOVED_TASKS.c.repository == repository)
        return set(self._connection.execute(found).scalars())

    def forget(self, issue: IssueRef) -> None:
        """It has a task again, or GitHub shows none."""
        self._connection.execute(delete(REMOVED_TASKS).where(of_issue(REMOVED_TASKS, issue)))


class OldTasks(Part):
    """Tasks that ended before a moment. All that belongs to one alone is deleted with it, by foreign keys."""

    def count(self, before: datetime) -> int:
        return int(self._connection.scalar(select(func.count()).select_from(TASKS).where(_is_old(before))) or 0)

    def remove(self, before: datetime, now: datetime) -> int:
        """Delete some of them; returns how many. 0: none is left."""
        columns = (TASKS.c.id, TASKS.c.repository, TASKS.c.number, TASKS.c.pull_request, TASKS.c.state)
        rows = self._connection.execute(select(*columns).where(_is_old(before)).limit(_STEP)).all()
        if not rows:
            return 0
        issues = [(row.repository, row.number) for row in rows]
        names = ("repository", "number", "pull_request", "state")
        kept = [{name: row._mapping[name] for name in names} | {"at": now} for row in rows]
        self._connection.execute(delete(ISSUES_SHOWN).where(_names(ISSUES_SHOWN, issues)))
        self._connection.execute(insert(REMOVED_TASKS), kept)
        self._connection.execute(delete(TASKS).where(TASKS.c.id.in_([row.id for row in rows])))
        return len(rows)


def _is_old(before: datetime) -> ColumnElement[bool]:
    """Nothing of it is under way: no publication that a later attempt may finish, no work that is kept for one, and no
    pull request that stands on its own (`bot.core.stacking.is_merged`). Of one whose work is not in the default branch,
    nothing but the task says so."""
    waits = [exists().where(table.c.task_id == TASKS.c.id) for table in (PUBLICATIONS, KEPT_WORK)]
    above = TASKS.alias("above")
    for table in (STACKED_ON, STACKED_PARTS):
        stands_on_it = (above.c.id == table.c.task_id) & (above.c.repository == TASKS.c.repository)
        waits.append(exists().where(table.c.number == TASKS.c.number, stands_on_it))
    is_there = func.coalesce(TASKS.c.reached, MergeReach.DEFAULT) == MergeReach.DEFAULT
    return and_(TASKS.c.state.in_(_ENDED), TASKS.c.updated_at < before, is_there, *(~each for each in waits))


def _names(table: Table, issues: list[tuple[str, int]]) -> ColumnElement[bool]:
    return tuple_(table.c.repository, table.c.number).in_(issues)
