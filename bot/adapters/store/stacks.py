"""Whether the tasks of a repository build on open pull requests, as its settings say, and on which one each does."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text, delete, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA, TASKS
from bot.core.references import IssueRef
from bot.core.stacking import DependencyMode, StackedOn

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
    """The row of a task is deleted with it."""

    def of(self, task_id: int) -> StackedOn | None:
        found = select(TASKS.c.repository, STACKED_ON.c.number, STACKED_ON.c.commit_name)
        there = found.join(TASKS, TASKS.c.id == STACKED_ON.c.task_id).where(STACKED_ON.c.task_id == task_id)
        row = self._connection.execute(there).one_or_none()
        return None if row is None else StackedOn(IssueRef(row.repository, row.number), row.commit_name)

    def keep(self, task_id: int, below: StackedOn | None) -> None:
        """None: its work stands on the default branch."""
        if below is None:
            self._connection.execute(delete(STACKED_ON).where(STACKED_ON.c.task_id == task_id))
        else:
            values = {"number": below.issue.number, "commit_name": below.commit}
            self._put(STACKED_ON, {"task_id": task_id}, values)

    def above(self, issue: IssueRef) -> list[IssueRef]:
        """The issues whose work stands on that of this one, by number."""
        found = select(TASKS.c.number).join(STACKED_ON, STACKED_ON.c.task_id == TASKS.c.id)
        there = found.where(TASKS.c.repository == issue.repository, STACKED_ON.c.number == issue.number)
        numbers = self._connection.execute(there.order_by(TASKS.c.number)).scalars()
        return [IssueRef(issue.repository, number) for number in numbers]
