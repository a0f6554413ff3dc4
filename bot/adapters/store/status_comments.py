"""Comments on GitHub: which one shows an issue's status, and which may have been made without us knowing its id."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from bot.adapters.store.part import Part, issue_key, of_issue
from bot.adapters.store.schema import COMMENTS_BEGUN, STATUS_COMMENTS, TASKS
from bot.adapters.store.values import StatusComment
from bot.core.references import IssueRef


class StatusComments(Part):
    def of(self, issue: IssueRef) -> StatusComment | None:
        found = select(STATUS_COMMENTS).join(TASKS, TASKS.c.id == STATUS_COMMENTS.c.task_id)
        row = self._connection.execute(found.where(of_issue(TASKS, issue))).one_or_none()
        return None if row is None else StatusComment(comment=row.comment, digest=row.digest)

    def keep(self, issue: IssueRef, shown: StatusComment) -> None:
        """Raises LookupError if the issue has no task."""
        values = {"comment": shown.comment, "digest": shown.digest}
        self._put(STATUS_COMMENTS, {"task_id": self._task_id(issue)}, values)


class CommentsBegun(Part):
    """A comment is noted before it is made, so that after a crash or a lost answer it is looked for first."""

    def since(self, issue: IssueRef, marker: str) -> datetime | None:
        begun = select(COMMENTS_BEGUN.c.begun_at).where(of_issue(COMMENTS_BEGUN, issue))
        return self._connection.scalar(begun.where(COMMENTS_BEGUN.c.marker == marker))

    def keep(self, issue: IssueRef, marker: str, at: datetime) -> None:
        self._put(COMMENTS_BEGUN, issue_key(issue) | {"marker": marker}, {"begun_at": at})

    def forget(self, issue: IssueRef, marker: str) -> None:
        """It is certain that none is being made."""
        begun = delete(COMMENTS_BEGUN).where(of_issue(COMMENTS_BEGUN, issue), COMMENTS_BEGUN.c.marker == marker)
        self._connection.execute(begun)
