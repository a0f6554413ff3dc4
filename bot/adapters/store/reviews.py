"""Revisions that people asked for, and what was read and answered of the reviews of a pull request.

Both belong to a task, and are deleted with it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from bot.adapters.store.part import Part
from bot.adapters.store.review_tables import REVIEW_ITEMS, REVISIONS
from bot.core.attempts import Purpose
from bot.core.revision import ReviewAnswer, Revision


class Revisions(Part):
    """The revision that a task waits for or runs; none for every other task."""

    def of(self, task_id: int) -> Revision | None:
        row = self._connection.execute(select(REVISIONS).where(REVISIONS.c.task_id == task_id)).one_or_none()
        if row is None:
            return None
        answers = tuple(ReviewAnswer(item=item, thread=thread, text=text) for item, thread, text in row.answers)
        return Revision(
            pull_request=row.pull_request,
            by=row.asked_by,
            at=row.asked_at,
            answers=answers,
            purpose=Purpose(row.purpose),
            about=tuple(row.about),
        )

    def keep(self, task_id: int, revision: Revision) -> None:
        """Replaces one that was asked for before."""
        values = {
            "pull_request": revision.pull_request,
            "asked_by": revision.by,
            "asked_at": revision.at,
            "answers": _rows(revision.answers),
            "purpose": revision.purpose,
            "about": list(revision.about),
        }
        self._put(REVISIONS, {"task_id": task_id}, values)

    def note_about(self, task_id: int, about: Sequence[str]) -> None:
        """What a repair is for, as its attempt found it."""
        changed = update(REVISIONS).where(REVISIONS.c.task_id == task_id)
        self._connection.execute(changed.values(about=list(about)))

    def plan(self, task_id: int, answers: Sequence[ReviewAnswer]) -> None:
        """What is to be said once the revision is published."""
        changed = update(REVISIONS).where(REVISIONS.c.task_id == task_id)
        self._connection.execute(changed.values(answers=_rows(answers)))

    def forget(self, task_id: int) -> None:
        """It has ended, however that was."""
        self._connection.execute(delete(REVISIONS).where(REVISIONS.c.task_id == task_id))


class ReviewItems(Part):
    """Each review, thread and comment by its key (`bot.core.revisions`)."""

    def has(self, repository: str, item: str) -> bool:
        found = (REVIEW_ITEMS.c.repository == repository) & (REVIEW_ITEMS.c.item == item)
        return self._connection.scalar(select(REVIEW_ITEMS.c.item).where(found)) is not None

    def note(self, repository: str, item: str, task_id: int) -> bool:
        """It asked for something. False if that is on record already: it must not ask twice."""
        row = self._insert(REVIEW_ITEMS).values(repository=repository, item=item, task_id=task_id)
        return bool(self._connection.execute(row.on_conflict_do_nothing().returning(REVIEW_ITEMS.c.item)).all())

    def answer(self, repository: str, item: str, task_id: int, *, head: str) -> None:
        """It was answered with this commit."""
        key = {"repository": repository, "item": item}
        self._put(REVIEW_ITEMS, key, {"head": head}, new={"task_id": task_id})

    def find_answers(self, task_id: int) -> dict[str, str]:
        """The commit by the key of what it answered."""
        found = select(REVIEW_ITEMS.c.item, REVIEW_ITEMS.c.head)
        found = found.where(REVIEW_ITEMS.c.task_id == task_id, REVIEW_ITEMS.c.head.is_not(None))
        return {row.item: row.head for row in self._connection.execute(found)}


def _rows(answers: Sequence[ReviewAnswer]) -> list[list[object]]:
    return [[each.item, each.thread, each.text] for each in answers]
