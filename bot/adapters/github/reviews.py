"""Reviews of pull requests and the threads on their lines.

Which threads are resolved only GraphQL tells (docs/decisions/0059); everything else is asked of the REST API.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from bot.adapters.github import reading
from bot.adapters.github.conditional import items
from bot.adapters.github.connection import Connection
from bot.adapters.github.errors import UNREADABLE, GitHubFailed, unreadable
from bot.core.references import IssueRef
from bot.core.review_facts import LineComment, ReviewFacts

_RESOLVED = (
    "query($owner:String!,$name:String!,$number:Int!,$after:String){repository(owner:$owner,name:$name){"
    "pullRequest(number:$number){reviewThreads(first:100,after:$after){pageInfo{hasNextPage endCursor}"
    "nodes{isResolved comments(first:1){nodes{fullDatabaseId}}}}}}}"
)
_MOST_PAGES = 20
_REFUSALS = ("NOT_FOUND", "FORBIDDEN", "INSUFFICIENT_SCOPES")
_FORBIDDEN = 403


class Reviews(Connection):
    """Every method raises GitHubFailed. `pull`: the pull request."""

    def reviews(self, pull: IssueRef) -> list[ReviewFacts]:
        """Every review that was submitted, oldest first."""
        url = f"/repos/{pull.repository}/pulls/{pull.number}/reviews"
        found = chain.from_iterable(self._pages(self._as(pull.repository), url, reading.review))
        return [review for review in found if review is not None]

    def line_comments(self, pull: IssueRef) -> list[LineComment]:
        """Every comment on a line, oldest first."""
        url = f"/repos/{pull.repository}/pulls/{pull.number}/comments"
        return list(chain.from_iterable(self._pages(self._as(pull.repository), url, reading.line_comment)))

    def resolved_threads(self, pull: IssueRef) -> frozenset[int]:
        """The first comments of the threads that are marked as resolved."""
        found, after = set[int](), None
        for _ in range(_MOST_PAGES):
            threads = self._threads(pull, after)
            try:
                found |= {number for number, is_resolved in map(_thread, items(threads["nodes"])) if is_resolved}
                after = threads["pageInfo"]["endCursor"] if threads["pageInfo"]["hasNextPage"] else None
            except UNREADABLE as error:
                raise unreadable(error) from error
            if after is None:
                break
        return frozenset(found)

    def _threads(self, pull: IssueRef, after: str | None) -> Any:
        owner, name = pull.repository.split("/")
        variables = {"owner": owner, "name": name, "number": pull.number, "after": after}
        with self._reading():
            asked = {"query": _RESOLVED, "variables": variables}
            _, found = self._as(pull.repository).ask(
                lambda requester: requester.requestJsonAndCheck("POST", requester.graphql_url, input=asked)
            )
        if not isinstance(found, dict) or found.get("errors"):
            raise _refusal(found)
        try:
            return found["data"]["repository"]["pullRequest"]["reviewThreads"]
        except UNREADABLE as error:
            raise unreadable(error) from error


def _thread(node: Any) -> tuple[int, bool]:
    first = node["comments"]["nodes"][0]
    return int(first["fullDatabaseId"]), node["isResolved"] is True


def _refusal(found: Any) -> GitHubFailed:
    """GraphQL says with 200 what REST says with a status. What it will not show, no other try shows."""
    errors = found.get("errors") if isinstance(found, dict) else None
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    status = _FORBIDDEN if first.get("type") in _REFUSALS else None
    return GitHubFailed(status, f"GraphQL: {str(first.get('message', 'no answer that can be read'))[:200]}")
