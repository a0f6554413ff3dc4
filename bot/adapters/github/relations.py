"""GitHub's own relations between issues: what an issue is blocked by, and its sub-issues.

A host may lack them: GitHub Enterprise Server has the first since 3.19 and the second not yet, and there a listing is
answered with 404. https://docs.github.com/en/rest/issues/issue-dependencies
"""

from __future__ import annotations

from itertools import chain

from bot.adapters.github import conditional, reading
from bot.adapters.github.conditional import PER_PAGE, Fresh, Unchanged
from bot.adapters.github.connection import Connection
from bot.adapters.github.errors import GitHubFailed
from bot.core.facts import IssueFacts
from bot.core.references import IssueRef

_LACKED = 404
_LISTINGS = ("dependencies/blocked_by", "sub_issues")

IssuePage = Fresh[tuple[IssueFacts, ...]] | Unchanged[tuple[IssueFacts, ...]]


class Relations(Connection):
    """Every method raises GitHubFailed. What the account may not see, GitHub leaves out."""

    def blocked_by(self, ref: IssueRef) -> list[IssueFacts] | None:
        """Open or closed; None where the host lacks it."""
        return self._list_related(ref, _LISTINGS[0])

    def sub_issues(self, ref: IssueRef) -> list[IssueFacts] | None:
        """The same."""
        return self._list_related(ref, _LISTINGS[1])

    def relations_now(self, ref: IssueRef) -> list[IssuePage]:
        """The first page of each, with the ETag of what is known: anything about one of these issues changes it."""
        pages = list[IssuePage]()
        for listing in _LISTINGS:
            try:
                form = conditional.page(reading.issue)
                pages.append(self._get(self._as(ref.repository), _url(ref, listing), form, per_page=str(PER_PAGE)))
            except GitHubFailed as error:
                if error.status != _LACKED:
                    raise
        return pages

    def _list_related(self, ref: IssueRef, listing: str) -> list[IssueFacts] | None:
        try:
            pages = self._pages(self._as(ref.repository), _url(ref, listing), reading.issue)
            return list(chain.from_iterable(pages))
        except GitHubFailed as error:
            if error.status == _LACKED:
                return None
            raise


def _url(ref: IssueRef, listing: str) -> str:
    return f"/repos/{ref.repository}/issues/{ref.number}/{listing}"
