"""What is asked for again and again, with the ETag of what is known.

An ETag speaks for one page. A listing of news is therefore asked for with the newest first, where every change shows on
the first page; one that has to be known whole has an ETag for each of its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, Generic, TypeVar

from bot.adapters.github import conditional, reading
from bot.adapters.github.conditional import PER_PAGE, AnswerForm, Fresh, GitHubAnswer, Unchanged
from bot.adapters.github.connection import AskAs, Connection
from bot.adapters.github.deliveries import DeliveryLog
from bot.adapters.github.errors import GitHubFailed
from bot.core.facts import CommentFacts, Happened, IssueFacts, PathFacts, PullRequestFacts, Reaction
from bot.core.references import IssueRef

T = TypeVar("T")

_MOST_PAGES = 3
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPage(Generic[T]):
    """One page of a listing that is counted: the numbers on it, and what they belong to where that has changed.
    `following`: the address of the next page."""

    numbers: tuple[int, ...]
    following: str | None
    items: tuple[T, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentPage:
    """One page of an issue's comments. `liked`: those with 👍, each with the number of its author; `following`: the
    address of the next page."""

    following: str | None
    liked: tuple[tuple[int, int], ...] = ()


Counted = Fresh[CountedPage[T]] | Unchanged[CountedPage[T]]
_P = TypeVar("_P", bound=CountedPage[Any] | CommentPage)


class Changes(Connection):
    """Every method raises GitHubFailed."""

    def pull_request_now(self, ref: IssueRef) -> Fresh[PullRequestFacts] | Unchanged[PullRequestFacts]:
        """The first answer after a change may not say yet whether it can be merged, and makes GitHub find out.

        https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
        """
        url = f"{_of(ref.repository)}/pulls/{ref.number}"
        return self._get(self._as(ref.repository), url, conditional.one_object(reading.pull_request))

    def file(self, repository: str, path: str) -> Fresh[bytes | None] | Unchanged[bytes | None]:
        """A file of the default branch; None for what is no file, `reading.NOT_SHOWN` for one beyond 1 MB."""
        return self._get(
            self._as(repository), f"{_of(repository)}/contents/{path}", conditional.one_object(reading.file)
        )

    def folder(self, repository: str, path: str) -> tuple[PathFacts, ...]:
        """What lies in a folder of the default branch; "" is the top. Nothing in an empty repository."""
        try:
            return self._read(self._as(repository), f"{_of(repository)}/contents/{path}", reading.folder)
        except GitHubFailed as error:
            if error.status == _NOT_FOUND:
                return ()
            raise

    def labeled_issues(
        self, repository: str, label: str, *, state: str = "open", since: datetime | None = None
    ) -> list[IssueFacts]:
        """`since`: only those that changed since then."""
        url, asked = f"{_of(repository)}/issues", {"state": state, "labels": label}
        if since is not None:
            asked["since"] = _moment(since)
        pages = self._pages(self._as(repository), url, reading.issue, sort="created", direction="asc", **asked)
        return [facts for facts in chain.from_iterable(pages) if not facts.is_pull_request]

    def labelled_census(self, repository: str, label: str) -> list[Counted[IssueFacts]]:
        """All pages of the open issues (and pull requests) with the label."""
        return list(self._list_counted(repository, "issues", reading.issue, labels=label))

    def pull_request_census(self, repository: str) -> list[Counted[int]]:
        """All pages of the open pull requests."""
        return list(self._list_counted(repository, "pulls", reading.number))

    def issues_changed(self, repository: str, since: datetime) -> Fresh[tuple[IssueFacts, ...]] | None:
        """Issues and pull requests, open or closed, that changed since then, the last change first; None if they are
        as they were when that was kept."""
        return self._list_changes(repository, "issues", reading.issue, since, state="all")

    def comments_changed(self, repository: str, since: datetime) -> Fresh[tuple[CommentFacts, ...]] | None:
        """The same of the comments on all issues and pull requests."""
        return self._list_changes(repository, "issues/comments", reading.comment, since)

    def comments_since(self, repository: str, since: datetime) -> list[CommentFacts]:
        """The same, oldest change first, whether it was read before or not."""
        url, asked = f"{_of(repository)}/issues/comments", _since(since)
        return list(chain.from_iterable(self._pages(self._as(repository), url, reading.comment, **asked)))[::-1]

    def comments_now(self, ref: IssueRef, since: datetime) -> list[Fresh[CommentPage] | Unchanged[CommentPage]]:
        """The first pages of an issue's comments since then, each with its ETag: the number of reactions changes it."""
        url = f"{_of(ref.repository)}/issues/{ref.number}/comments"
        pages = self._follow(self._as(ref.repository), url, _COMMENTS, since=_moment(since))
        return list(islice(pages, _MOST_PAGES))

    def likes(self, repository: str, comment: int) -> Fresh[tuple[Reaction, ...]] | Unchanged[tuple[Reaction, ...]]:
        """Who reacted with 👍 to a comment, the first first: one page of them."""
        url, asked = f"{_of(repository)}/issues/comments/{comment}/reactions", {"content": reading.THUMBS_UP}
        return self._get(self._as(repository), url, conditional.page(reading.reaction), per_page=str(PER_PAGE), **asked)

    def history(self, ref: IssueRef) -> list[Happened]:
        """The issue's events, the oldest first."""
        url = f"{_of(ref.repository)}/issues/{ref.number}/events"
        return list(chain.from_iterable(self._pages(self._as(ref.repository), url, reading.read_event)))

    def delivery_logs(self, hooks: Mapping[str, int]) -> list[DeliveryLog]:
        """An App's own log; with a token, that of each repository's hook (`hooks`: its number, by repository)."""
        app = self.account.app_requester()
        if app is not None:
            return [self._log("/app/hook/deliveries", AskAs(lambda: app))]
        return [self._log(f"{_of(name)}/hooks/{hook}/deliveries", self._as(name)) for name, hook in hooks.items()]

    def _log(self, path: str, ask_as: AskAs) -> DeliveryLog:
        def send(url: str) -> None:
            with self._reading():  # the pace of writes is for what people see
                ask_as.ask(lambda requester: requester.requestJsonAndCheck("POST", url))

        form = conditional.page(reading.delivery_attempt)
        return DeliveryLog(
            path=path,
            newest=lambda: self._get(ask_as, path, form, per_page=str(PER_PAGE)),
            look=lambda: self._answer(ask_as, path, form, per_page=str(PER_PAGE)),
            after=lambda page: self._after(ask_as, page, reading.delivery_attempt),
            send=send,
            keep=self.keep,
            forget=self.forget,
        )

    def _list_counted(
        self, repository: str, what: str, into: Callable[[Any], T], **parameters: str
    ) -> Iterator[Counted[T]]:
        asked = {**parameters, "state": "open", "sort": "created", "direction": "asc"}
        return self._follow(self._as(repository), f"{_of(repository)}/{what}", _counted_page(into), **asked)

    def _follow(
        self, ask_as: AskAs, url: str, form: AnswerForm[_P], **parameters: str
    ) -> Iterator[Fresh[_P] | Unchanged[_P]]:
        """Each page with its own ETag, by the address that GitHub gives for it: in large listings it refuses pages by
        their numbers (MeltanoLabs/tap-github#415), from where on it does not document."""
        page = self._get(ask_as, url, form, per_page=str(PER_PAGE), **parameters)
        yield page
        while page.value.following is not None:
            page = self._get(ask_as, page.value.following, form)
            yield page

    def _list_changes(
        self, repository: str, what: str, into: Callable[[Any], T], since: datetime, **parameters: str
    ) -> Fresh[tuple[T, ...]] | None:
        """The newest change first, so that it shows on the first page, for which alone the ETag speaks."""
        ask_as, asked = self._as(repository), {**parameters, **_since(since)}
        form = conditional.page(into)
        first = self._get(ask_as, f"{_of(repository)}/{what}", form, per_page=str(PER_PAGE), **asked)
        if isinstance(first, Unchanged):
            return None
        return replace(first, value=(*first.value, *chain.from_iterable(self._after(ask_as, first, into))))


def _counted_page(into: Callable[[Any], T]) -> AnswerForm[CountedPage[T]]:
    def page(answer: GitHubAnswer) -> CountedPage[T]:
        shown = conditional.items(answer.body)
        numbers = tuple(map(reading.number, shown))
        return CountedPage(numbers=numbers, following=answer.following, items=tuple(map(into, shown)))

    def note(answer: GitHubAnswer) -> Any:
        return {"numbers": list(map(reading.number, answer.body)), "following": answer.following}

    def from_note(kept: Any) -> CountedPage[T]:
        numbers = tuple(reading.as_a(int, each) for each in kept["numbers"])
        return CountedPage(numbers=numbers, following=_noted_address(kept))

    return AnswerForm(into=page, note=note, from_note=from_note)


def _comment_page(answer: GitHubAnswer) -> CommentPage:
    shown = map(reading.comment, conditional.items(answer.body))
    liked = tuple((comment.id, comment.author.id) for comment in shown if comment.likes)
    return CommentPage(following=answer.following, liked=liked)


def _noted_page(kept: Any) -> CommentPage:
    liked = tuple((reading.as_a(int, comment), reading.as_a(int, author)) for comment, author in kept["liked"])
    return CommentPage(following=_noted_address(kept), liked=liked)


def _noted_address(kept: Any) -> str | None:
    return None if kept["following"] is None else reading.as_a(str, kept["following"])


_COMMENTS = AnswerForm(into=_comment_page, note=lambda answer: asdict(_comment_page(answer)), from_note=_noted_page)


def _since(since: datetime) -> dict[str, str]:
    return {"sort": "updated", "direction": "desc", "since": _moment(since)}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _of(repository: str) -> str:
    return f"/repos/{repository}"
