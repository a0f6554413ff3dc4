"""What Nightshift put into GitHub's native stacks, where GitHub takes none, and which heads GitHub made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Table, Text, delete, select

from bot.adapters.store.columns import Moment, Words
from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.core.native_stacks import StackMembership

NATIVE_STACKS = Table(
    "native_stacks",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("pull", BigInteger),
    Column("stack", BigInteger),
    Column("refused", Boolean),
)
LACKING = Table(
    "native_stacks_lacking",
    METADATA,
    Column("repository", Text, primary_key=True),
    Column("until", Moment),
    Column("why", Words),
)
ADOPTED = Table("adopted_heads", METADATA, Column("task_id", BigInteger, primary_key=True), Column("commit_name", Text))


class NativeStackRows(Part):
    """A row of a task is deleted with it."""

    def of(self, task_id: int, pull: int | None) -> StackMembership | None:
        """None where nothing was done with this pull request of the task."""
        row = self._connection.execute(select(NATIVE_STACKS).where(NATIVE_STACKS.c.task_id == task_id)).one_or_none()
        if row is None or row.pull != pull:
            return None
        return StackMembership(pull=row.pull, stack=row.stack, refused=row.refused)

    def keep(self, task_id: int, made: StackMembership) -> None:
        values = {"pull": made.pull, "stack": made.stack, "refused": made.refused}
        self._put(NATIVE_STACKS, {"task_id": task_id}, values)

    def is_lacking(self, repository: str, now: datetime) -> bool:
        """Whether GitHub has said that the repository takes no native stacks, and need not be asked again yet."""
        until = self._connection.scalar(select(LACKING.c.until).where(LACKING.c.repository == repository))
        return until is not None and until > now

    def note_lacking(self, repository: str, *, until: datetime, why: str) -> bool:
        """Whether that is news: GitHub said so the last time as well where it is not."""
        known = self._connection.scalar(select(LACKING.c.why).where(LACKING.c.repository == repository))
        self._put(LACKING, {"repository": repository}, {"until": until, "why": why})
        return known != why

    def forget_lacking(self, repository: str) -> None:
        """GitHub showed a native stack there."""
        self._connection.execute(delete(LACKING).where(LACKING.c.repository == repository))

    def read_adopted(self, task_id: int) -> str | None:
        """The head that GitHub made of the bot's commits: their committer is another one, and they are the bot's."""
        return self._connection.scalar(select(ADOPTED.c.commit_name).where(ADOPTED.c.task_id == task_id))

    def adopt(self, task_id: int, head: str) -> None:
        self._put(ADOPTED, {"task_id": task_id}, {"commit_name": head})
