"""What is asked for again and again, with the tag of what is known: "not modified" costs nothing of GitHub's hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from github.Requester import Requester

from bot.adapters.github import listings, reading
from bot.adapters.github.connection import Connection
from bot.adapters.github.deliveries import DeliveryLog
from bot.adapters.github.listings import Listing, PageOfNumbers
from bot.core.facts import CommentFacts, Happened, IssueFacts
from bot.core.references import IssueRef


class Changes(Connection):
    """Every method raises GitHubFailed."""

    def issue_if_changed(self, ref: IssueRef, tag: str) -> tuple[IssueFacts, str] | None:
        """The issue and its tag; None if it is what `tag` names."""
        found = listings.get_if_changed(self._ask(ref.repository), f"{_of(ref.repository)}/issues/{ref.number}", tag)
        return None if found is None else (reading.issue(found[0]), found[1])

    def labeled_issues(self, repository: str, label: str, *, state: str = "open") -> list[IssueFacts]:
        asked = {"state": state, "labels": label, "sort": "created", "direction": "asc"}
        found, _ = listings.census(self._ask(repository), f"{_of(repository)}/issues", asked, ())
        return [facts for facts in map(reading.issue, found) if not facts.is_pull_request]

    def labelled_census(
        self, repository: str, label: str, known: Sequence[PageOfNumbers]
    ) -> tuple[list[IssueFacts], tuple[PageOfNumbers, ...]]:
        """The open issues (and pull requests) with the label: those on pages that are not as `known`, and all pages."""
        asked = {"state": "open", "labels": label, "sort": "created", "direction": "asc"}
        found, pages = listings.census(self._ask(repository), f"{_of(repository)}/issues", asked, known)
        return [reading.issue(each) for each in found], pages

    def pull_request_census(self, repository: str, known: Sequence[PageOfNumbers]) -> tuple[PageOfNumbers, ...]:
        """All pages of the open pull requests, some of which may be as `known`."""
        asked = {"state": "open", "sort": "created", "direction": "asc"}
        return listings.census(self._ask(repository), f"{_of(repository)}/pulls", asked, known)[1]

    def issues_changed(self, repository: str, since: datetime, tag: str) -> Listing[IssueFacts] | None:
        """Issues and pull requests, open or closed, that changed since then; None if they are what `tag` names."""
        found = self._changed(repository, "issues", since, tag, state="all")
        return None if found is None else Listing(items=tuple(map(reading.issue, found.items)), tag=found.tag)

    def comments_changed(self, repository: str, since: datetime, tag: str) -> Listing[CommentFacts] | None:
        """Comments on all issues and pull requests that changed since then; None if they are what `tag` names."""
        found = self._changed(repository, "issues/comments", since, tag)
        return None if found is None else Listing(items=tuple(map(reading.comment, found.items)), tag=found.tag)

    def comments_since(self, repository: str, since: datetime) -> list[CommentFacts]:
        """The same, oldest change first."""
        found = self.comments_changed(repository, since, "")
        return list(reversed(found.items)) if found else []

    def history(self, ref: IssueRef) -> list[Happened]:
        """What befell the issue, the oldest first."""
        url = f"{_of(ref.repository)}/issues/{ref.number}/events"
        found = listings.news(self._ask(ref.repository), url, {}, "")
        return [reading.happened(each) for each in (found.items if found else ())]

    def delivery_logs(self, hooks: Mapping[str, int]) -> list[DeliveryLog]:
        """An App's own log; with a token, that of each repository's hook (`hooks`: its number, by repository)."""
        app = self.account.app_requester()
        if app is not None:
            return [self._log("/app/hook/deliveries", lambda: app)]
        return [
            self._log(f"{_of(name)}/hooks/{hook}/deliveries", partial(self._requester, name))
            for name, hook in hooks.items()
        ]

    def _log(self, path: str, requester: Callable[[], Requester]) -> DeliveryLog:
        def send(url: str) -> None:
            with self._reading():  # the pace of writes is for what people see
                requester().requestJsonAndCheck("POST", url)

        return DeliveryLog(path, self._ask_by(requester), send)

    def _changed(
        self, repository: str, what: str, since: datetime, tag: str, **parameters: str
    ) -> Listing[dict[str, Any]] | None:
        """The newest change first, so that it shows on the first page, for which alone the tag speaks."""
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        asked = {**parameters, "sort": "updated", "direction": "desc", "since": moment}
        return listings.news(self._ask(repository), f"{_of(repository)}/{what}", asked, tag)


def _of(repository: str) -> str:
    return f"/repos/{repository}"
