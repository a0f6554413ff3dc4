"""How a person was notified of their turn: by a comment or a request, one for each rest of a task, never two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Table, Text, delete, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import METADATA
from bot.adapters.store.values import NOT_PLANNED, Notice
from bot.core.failure_policy import has_questions
from bot.core.reviewers import AskedReviewers
from bot.core.tasks import State, Task

NOTICES = Table(
    "notices",
    METADATA,
    Column("task_id", BigInteger, primary_key=True),
    Column("rest", Text, primary_key=True),
    Column("comment", BigInteger),  # none: nothing was posted
    Column("digest", Text),
    Column("asked", JSON(none_as_null=True)),  # none: no person was asked to look at a pull request
)


class NoticeRows(Part):
    def of(self, task_id: int) -> dict[str, Notice]:
        """By the rest that each is of (`bot.core.turns`)."""
        rows = self._connection.execute(select(NOTICES).where(NOTICES.c.task_id == task_id))
        return {row.rest: Notice(comment=row.comment, digest=row.digest, asked=_read_asked(row.asked)) for row in rows}

    def keep(self, task_id: int, rest: str, notice: Notice) -> None:
        asked = None if notice.asked is None else asdict(notice.asked)
        values = {"comment": notice.comment, "digest": notice.digest, "asked": asked}
        self._put(NOTICES, {"task_id": task_id, "rest": rest}, values)

    def move(self, task_id: int, rest: str, to: str, notice: Notice) -> None:
        """What was the notice of one rest is that of another one now."""
        self._connection.execute(delete(NOTICES).where(NOTICES.c.task_id == task_id, NOTICES.c.rest == rest))
        self.keep(task_id, to, notice)

    def is_answered(self, task: Task) -> bool:
        """Whether the issue's author replied to the last questions: then it is a maintainer's turn, who confirms the
        answers. It is kept as the notice of that turn, so that a set of questions gets one, however many replies there
        are, and a ledger that is made anew finds it by its comment."""
        return _waits_for_answers(task) and f"{task.attempts}.answered" in self.of(task.id)

    def note_answered(self, task: Task) -> None:
        if _waits_for_answers(task) and not self.is_answered(task):
            self.keep(task.id, f"{task.attempts}.answered", Notice(digest=NOT_PLANNED))


def _waits_for_answers(task: Task) -> bool:
    return task.state is State.FAILED and has_questions(task.failure)


def _read_asked(kept: Mapping[str, Any] | None) -> AskedReviewers | None:
    if kept is None:
        return None
    values: dict[str, Any] = {name: tuple(each) if isinstance(each, list) else each for name, each in kept.items()}
    return AskedReviewers(**values)
