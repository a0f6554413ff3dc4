"""What Nightshift asks of GitHub and says to it, in GitHub's words, as values.

Every method raises GitHubFailed. A write is sent once: whoever repeats it looks first whether it happened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote

from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from bot.adapters.github import reading
from bot.adapters.github.accounts import PER_PAGE, Account
from bot.adapters.github.changes import Changes
from bot.adapters.github.pacing import Pacer
from bot.adapters.github.writing import Writing
from bot.core.facts import Actor, CommentFacts, IssueFacts, Labeling, PullRequestFacts, RepositoryFacts
from bot.core.references import IssueRef

T = TypeVar("T")

_WRITING_ROLES = frozenset({"write", "maintain", "admin"})
_NOT_WRITING_ROLES = frozenset({"none", "read", "triage"})
COMMENTS_READ = 300
_REPOSITORY_SECONDS = 300.0


class GitHub(Changes, Writing):
    """One account's view of GitHub. Safe to use from several threads."""

    def __init__(self, account: Account, *, web_url: str, pacer: Pacer | None = None) -> None:
        super().__init__(account, web_url=web_url, pacer=pacer)
        self._repositories: dict[str, tuple[float, RepositoryFacts]] = {}
        self._here = threading.local()

    # -- reading

    def repository(self, name: str) -> RepositoryFacts:
        """As it was some minutes ago at the most: what it changes to meanwhile, git meets too."""
        known = self._repositories.get(name)
        if known is None or time.monotonic() - known[0] > _REPOSITORY_SECONDS:
            known = self._repositories[name] = (time.monotonic(), self._read_repository(name))
        return known[1]

    def _read_repository(self, name: str) -> RepositoryFacts:
        with self._reading():
            repo = self._repo(name)
            default_branch = repo.default_branch  # first: until GitHub is asked, PyGithub knows the name we gave
            return RepositoryFacts(
                full_name=repo.full_name,
                default_branch=default_branch,
                archived=repo.archived,
                can_push=bool(repo.permissions and repo.permissions.push),
            )

    def may_write(self, repository: str, login: str) -> bool:
        """Whether `login` has write, maintain or admin permission. A custom role counts as what it builds on."""
        known = getattr(self._here, "roles", None)
        if known is None:
            return self._asked_to_write(repository, login)
        if (repository, login) not in known:
            known[repository, login] = self._asked_to_write(repository, login)
        return bool(known[repository, login])

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """While the block runs, in this thread, what somebody may do is asked once: a pass is one moment."""
        self._here.roles = {}
        try:
            yield
        finally:
            self._here.roles = None

    def _asked_to_write(self, repository: str, login: str) -> bool:
        with self._reading():
            repo = self._repo(repository)
            try:
                _, answer = repo.requester.requestJsonAndCheck(
                    "GET", f"{repo.url}/collaborators/{quote(login)}/permission"
                )
            except Exception as error:
                if getattr(error, "status", None) == 404:  # noqa: PLR2004 - nobody GitHub knows there
                    return False
                raise
        role = str(answer.get("role_name", ""))
        if role in _WRITING_ROLES | _NOT_WRITING_ROLES:
            return role in _WRITING_ROLES
        return answer.get("permission") in _WRITING_ROLES

    def issue(self, ref: IssueRef) -> IssueFacts:
        with self._reading():
            repo = self._repo(ref.repository)
            _, shown = repo.requester.requestJsonAndCheck("GET", f"{repo.url}/issues/{ref.number}")
            return reading.issue(shown)

    def last_labeling(self, ref: IssueRef, label: str) -> Labeling | None:
        """GitHub's labels ignore case."""
        put_on = [
            each
            for each in self.history(ref)
            if each.kind == "labeled" and (each.label or "").lower() == label.lower() and each.actor.id
        ]
        return Labeling(actor=put_on[-1].actor, at=put_on[-1].at) if put_on else None

    def comments(self, ref: IssueRef) -> list[CommentFacts]:
        """What an issue is read with: its comments, oldest first, at most COMMENTS_READ."""
        with self._reading():
            first = islice(self._issue(ref).get_comments(), COMMENTS_READ)
            return [_comment(ref.number, each) for each in self._all(first)]

    def all_comments(self, ref: IssueRef) -> list[CommentFacts]:
        """Every one, oldest first: our own may be beyond those that an issue is read with."""
        with self._reading():
            return [_comment(ref.number, each) for each in self._all(self._issue(ref).get_comments())]

    def pull_requests(self, repository: str, branch: str, *, state: str = "all") -> list[PullRequestFacts]:
        """Those from `branch` of the repository itself, newest first."""
        owner = repository.split("/", maxsplit=1)[0]
        with self._reading():
            found = self._repo(repository).get_pulls(state=state, head=f"{owner}:{branch}")
            return [_pull_request(each) for each in self._all(found) if each.head.ref == branch]

    def all_pull_requests(self, repository: str) -> list[PullRequestFacts]:
        """Every one that there ever was, newest first."""
        with self._reading():
            return [_pull_request(each) for each in self._all(self._repo(repository).get_pulls(state="all"))]

    def pull_request(self, repository: str, number: int) -> PullRequestFacts:
        with self._reading():
            return _pull_request(self._repo(repository).get_pull(number))

    def clock_ahead(self, repository: str, now: datetime) -> timedelta:
        """How far GitHub's clock is ahead of `now`; negative if it is behind."""
        with self._reading():
            headers, _ = self._repo(repository).requester.requestJsonAndCheck("GET", "/rate_limit")
        return parsedate_to_datetime(headers["date"]).replace(tzinfo=UTC) - now  # HTTP dates are always in GMT

    # -- inside

    def _all(self, listing: Iterable[T]) -> list[T]:
        """Every page of it, each counted as the request that it is."""
        found = list(listing)
        self._pacer.also_read(max(0, len(found) - 1) // PER_PAGE)
        return found


def _actor(user: Any) -> Actor:
    """GitHub shows the `ghost` where an account was deleted."""
    if user is None:
        return Actor(login="ghost", id=0)
    return Actor(login=user.login, id=user.id, is_bot=user.type == "Bot")


def _comment(number: int, comment: IssueComment) -> CommentFacts:
    return CommentFacts(
        id=comment.id,
        issue=number,
        body=comment.body or "",
        author=_actor(comment.user),
        created_at=comment.created_at,
        updated_at=comment.updated_at,
    )


def _pull_request(pull: PullRequest) -> PullRequestFacts:
    return PullRequestFacts(
        number=pull.number,
        title=pull.title,
        body=pull.body or "",
        head_branch=pull.head.ref,
        is_open=pull.state == "open",
        merged_at=pull.merged_at,
        author=_actor(pull.user),
        same_repository=pull.head.repo is not None and pull.head.repo.full_name == pull.base.repo.full_name,
    )
