"""Whether the tasks of a repository build on open pull requests, as its settings say, and on which one each does."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import BigInteger, Column, Table, Text, delete, select, update

from bot.adapters.store.columns import Words
from bot.adapters.store.part import Part, of_issue
from bot.adapters.store.schema import METADATA, TASKS
from bot.core.references import IssueRef
from bot.core.stacking import Apart, DependencyMode, StackedOn
from bot.core.tasks import MergeReach

DEPENDENCY_MODES = Table(
    "dependency_modes", METADATA, Column("repository", Text, primary_key=True), Column("mode", Text)
)
STACKED_ON = Table(
    "stacked_on",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("number", BigInteger),
    Column("commit_name", Text),
)
STACKED_PARTS = Table(
    "stacked_parts",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("commit_name", Text),
)
BRANCHES_APART = Table(
    "branches_apart", METADATA, Column("task_id", BigInteger, primary_key=True), Column("found", Words)
)


class DependencyModes(Part):
    def of(self, repository: str) -> DependencyMode:
        """The default while the settings of the repository were not read."""
        found = select(DEPENDENCY_MODES.c.mode).where(DEPENDENCY_MODES.c.repository == repository)
        mode = self._connection.scalar(found)
        return DependencyMode(mode) if mode is not None else DependencyMode.STACK

    def keep(self, repository: str, mode: DependencyMode) -> bool:
        """What the settings say now. Whether that is another one than before."""
        if self.of(repository) is mode:
            return False
        self._put(DEPENDENCY_MODES, {"repository": repository}, {"mode": mode.value})
        return True


class Stacks(Part):
    """The rows of a task are deleted with it."""

    def of(self, task_id: int) -> StackedOn | None:
        found = select(TASKS.c.repository, STACKED_ON.c.number, STACKED_ON.c.commit_name)
        there = found.join(TASKS, TASKS.c.id == STACKED_ON.c.task_id).where(STACKED_ON.c.task_id == task_id)
        row = self._connection.execute(there).one_or_none()
        if row is None:
            return None
        listed = select(STACKED_PARTS.c.number, STACKED_PARTS.c.commit_name).where(STACKED_PARTS.c.task_id == task_id)
        parts = sorted(self._connection.execute(listed).all(), key=lambda each: (each[0] != row.number, each[0]))
        named = tuple((IssueRef(row.repository, number), commit) for number, commit in parts)
        return StackedOn(IssueRef(row.repository, row.number), row.commit_name, named)

    def keep(self, task_id: int, below: StackedOn | None) -> None:
        """None: its work stands on the default branch."""
        self._connection.execute(delete(STACKED_PARTS).where(STACKED_PARTS.c.task_id == task_id))
        if below is None:
            self._connection.execute(delete(STACKED_ON).where(STACKED_ON.c.task_id == task_id))
            return
        self._put(STACKED_ON, {"task_id": task_id}, {"number": below.issue.number, "commit_name": below.commit})
        for issue, commit in below.parts:
            self._put(STACKED_PARTS, {"task_id": task_id, "number": issue.number}, {"commit_name": commit})

    def above(self, issue: IssueRef) -> list[IssueRef]:
        """The issues whose work stands on that of this one, by number."""
        numbers = set[int]()
        for table in (STACKED_ON, STACKED_PARTS):
            found = select(TASKS.c.number).join(table, table.c.task_id == TASKS.c.id)
            there = found.where(TASKS.c.repository == issue.repository, table.c.number == issue.number)
            numbers.update(self._connection.execute(there).scalars())
        return [IssueRef(issue.repository, number) for number in sorted(numbers)]

    def merged_with(self, issue: IssueRef) -> list[IssueRef]:
        """Those that were merged into the branch of this issue before that itself was merged."""
        here = (TASKS.c.repository == issue.repository) & (TASKS.c.merged_into == issue.number)
        found = select(TASKS.c.number).where(here, TASKS.c.reached == MergeReach.BRANCH).order_by(TASKS.c.number)
        return [IssueRef(issue.repository, number) for number in self._connection.execute(found).scalars()]

    def note_merged_with(self, issue: IssueRef) -> None:
        """The branch that it was merged into is in the default branch now."""
        its = of_issue(TASKS, issue)
        self._connection.execute(update(TASKS).where(its).values(reached=MergeReach.DEFAULT))

    def apart(self, task_id: int) -> Apart | None:
        """The branches that its work would start from, and that could not be merged when that was last tried."""
        row = self._connection.scalar(select(BRANCHES_APART.c.found).where(BRANCHES_APART.c.task_id == task_id))
        return None if row is None else _read_apart(json.loads(row))

    def keep_apart(self, task_id: int, apart: Apart | None) -> None:
        if apart is None:
            self._connection.execute(delete(BRANCHES_APART).where(BRANCHES_APART.c.task_id == task_id))
        else:
            self._put(BRANCHES_APART, {"task_id": task_id}, {"found": json.dumps(asdict(apart))})


def _read_apart(found: dict[str, Any]) -> Apart:
    """JSON has no numbers as keys."""
    return Apart(
        left={int(number): commit for number, commit in found["left"].items()},
        there={int(number): commit for number, commit in found["there"].items()},
        between=tuple(found["between"]),
        files=tuple(found["files"]),
        checks=tuple(found["checks"]),
    )
