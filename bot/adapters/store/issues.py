"""What is known of an issue on GitHub apart from its task: what it shows, when it was read, what came to it last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select

from bot.adapters.store.part import Part, issue_key, of_issue
from bot.adapters.store.schema import ISSUE_ORDER, ISSUES_READ, ISSUES_SHOWN
from bot.adapters.store.values import Latest
from bot.core.references import IssueRef


class IssuesShown(Part):
    def labels(self, issue: IssueRef) -> frozenset[str] | None:
        """The state labels that are on the issue. None: not known, or one was being added when that ended."""
        row = self._connection.execute(select(ISSUES_SHOWN).where(of_issue(ISSUES_SHOWN, issue))).one_or_none()
        known = row is not None and row.labels is not None and not row.is_adding
        return frozenset(row.labels) if known and row is not None else None

    def is_label_noted(self, issue: IssueRef) -> bool:
        """Whether anything is on record about its labels, an addition that may not have ended included."""
        row = self._connection.execute(select(ISSUES_SHOWN).where(of_issue(ISSUES_SHOWN, issue))).one_or_none()
        return row is not None and (row.labels is not None or row.is_adding)

    def keep_labels(self, issue: IssueRef, labels: Collection[str]) -> None:
        self._change(issue, labels=sorted(labels), is_adding=False)

    def begin_label(self, issue: IssueRef) -> None:
        """One is about to be added, or was by others: until `keep_labels` it is not known which there are."""
        self._change(issue, labels=None, is_adding=True)

    def is_uncommented(self, issue: IssueRef) -> bool:
        """Whether no account, and so not Nightshift either, had commented on the issue."""
        asked = select(ISSUES_SHOWN.c.is_uncommented).where(of_issue(ISSUES_SHOWN, issue))
        return bool(self._connection.scalar(asked))

    def keep_uncommented(self, issue: IssueRef, is_uncommented: bool) -> None:
        self._change(issue, is_uncommented=is_uncommented)

    def _change(self, issue: IssueRef, **values: object) -> None:
        unknown = {"labels": None, "is_adding": False, "is_uncommented": False}
        self._put(ISSUES_SHOWN, issue_key(issue), values, new=unknown)


class IssuesRead(Part):
    def at(self, issue: IssueRef) -> datetime | None:
        """GitHub's time of the issue's last change when it was looked at; None if it never was."""
        return self._connection.scalar(select(ISSUES_READ.c.updated_at).where(of_issue(ISSUES_READ, issue)))

    def keep(self, issue: IssueRef, updated_at: datetime) -> None:
        self._put(ISSUES_READ, issue_key(issue), {"updated_at": updated_at})


class IssueOrder(Part):
    def latest(self, issue: IssueRef) -> Latest:
        row = self._connection.execute(select(ISSUE_ORDER).where(of_issue(ISSUE_ORDER, issue))).one_or_none()
        if row is None:
            return Latest()
        return Latest(
            edited_at=row.edited_at, stopped_at=row.stopped_at, command=row.command, cancelled_at=row.cancelled_at
        )

    def keep(self, issue: IssueRef, latest: Latest) -> None:
        self._put(ISSUE_ORDER, issue_key(issue), asdict(latest))
