"""What Nightshift asks of GitHub and says to it, in GitHub's words, as values.

Every method raises GitHubFailed. A write is sent once: a caller that repeats one first checks whether it happened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import quote

from bot.adapters.github import conditional, reading
from bot.adapters.github.changes import Changes
from bot.adapters.github.check_runs import CheckRuns
from bot.adapters.github.ci import Ci
from bot.adapters.github.commits import Commits
from bot.adapters.github.conditional import AnswerForm, Fresh, GitHubAnswer, Unchanged
from bot.adapters.github.errors import GitHubFailed
from bot.adapters.github.native_stacks import NativeStacks
from bot.adapters.github.relations import Relations
from bot.adapters.github.reviews import Reviews
from bot.adapters.github.rules import Rules
from bot.core.facts import Actor, CommentFacts, IssueFacts, PullRequestFacts, RepositoryFacts
from bot.core.references import IssueRef

_WRITING_ROLES = frozenset({"write", "maintain", "admin"})
_NOT_WRITING_ROLES = frozenset({"none", "read", "triage"})
COMMENTS_READ = 300
_NOT_FOUND = 404
_GONE = 410
_REPOSITORY_SECONDS = 300.0


@dataclass(eq=False)
class GitHub(Changes, CheckRuns, Ci, Commits, NativeStacks, Relations, Reviews, Rules):
    """One account's view of GitHub. Safe to use from several threads."""

    _repositories: dict[str, tuple[float, RepositoryFacts]] = field(init=False, default_factory=dict)
    _here: threading.local = field(init=False, default_factory=threading.local)

    # -- reading

    def repository(self, name: str) -> RepositoryFacts:
        """As it was some minutes ago at the most: what it changes to meanwhile, git meets too."""
        known = self._repositories.get(name)
        if known is None or time.monotonic() - known[0] > _REPOSITORY_SECONDS:
            known = self._repositories[name] = (time.monotonic(), self._read_repository(name))
        return known[1]

    def repository_now(self, name: str) -> RepositoryFacts:
        """As it is at this moment, asked for with the ETag of what is known."""
        found = self._get(self._as(name), f"/repos/{name}", conditional.one_object(reading.repository))
        self.keep(found)
        self._repositories[name] = (time.monotonic(), found.value)
        return found.value

    def _read_repository(self, name: str) -> RepositoryFacts:
        return self._read(self._as(name), f"/repos/{name}", reading.repository)

    def may_write(self, repository: str, login: str) -> bool:
        """Whether `login` has write, maintain or admin permission. A custom role counts as what it builds on."""
        known = getattr(self._here, "roles", None)
        if known is None:
            return self._asked_to_write(repository, login)
        if (repository, login) not in known:
            known[repository, login] = self._asked_to_write(repository, login)
        return bool(known[repository, login])

    def find_user(self, repository: str, login: str) -> Actor | None:
        """None if there is no such account. `repository`: where it did something."""
        try:
            return self._read(self._as(repository), f"/users/{quote(login)}", reading.actor)
        except GitHubFailed as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    @contextmanager
    def one_look(self) -> Iterator[None]:
        """While the block runs, in this thread, what somebody may do is asked once: a pass is one moment."""
        self._here.roles = {}
        try:
            yield
        finally:
            self._here.roles = None

    def _asked_to_write(self, repository: str, login: str) -> bool:
        url = f"/repos/{repository}/collaborators/{quote(login)}/permission"
        try:
            return self._read(self._as(repository), url, is_writer)
        except GitHubFailed as error:
            if error.status == _NOT_FOUND:  # GitHub knows no such account
                return False
            raise

    def issue(self, ref: IssueRef) -> IssueFacts:
        """One that was transferred to another repository is gone."""
        url = _issue_url(ref)
        found = self._read(self._as(ref.repository), url, reading.issue)
        self._require_here(ref, found)
        return found

    def issue_now(self, ref: IssueRef) -> Fresh[IssueFacts] | Unchanged[IssueFacts]:
        """The same, with the ETag of what is known."""
        url = _issue_url(ref)
        found = self._get(self._as(ref.repository), url, conditional.one_object(reading.issue))
        self._require_here(ref, found.value)
        return found

    def _require_here(self, ref: IssueRef, found: IssueFacts) -> None:
        """GitHub redirects from an issue's former place to where it is, and PyGithub follows: the answer is another
        repository's issue. Another name may be the repository's own.

        https://docs.github.com/en/rest/issues/issues#get-an-issue
        """
        if found.repository.lower() in {"", ref.repository.lower()}:
            return
        here = self._read_repository(ref.repository).full_name
        if found.repository.lower() != here.lower() or found.number != ref.number:
            raise GitHubFailed(_GONE, f"the issue was transferred: it is {found.repository}#{found.number} now")

    def last_labeled_by(self, ref: IssueRef, label: str) -> Actor | None:
        """Who put the label on last. GitHub's labels ignore case."""
        put_on = [
            each
            for each in self.history(ref)
            if each.kind == "labeled" and (each.label or "").lower() == label.lower() and each.actor.id
        ]
        return put_on[-1].actor if put_on else None

    def comments(self, ref: IssueRef) -> list[CommentFacts]:
        """What an issue is read with: its comments, oldest first, at most COMMENTS_READ."""
        return list(islice(self._comments(ref), COMMENTS_READ))

    def all_comments(self, ref: IssueRef) -> list[CommentFacts]:
        """Every one, oldest first: our own may be beyond those that an issue is read with."""
        return list(self._comments(ref))

    def pull_requests(self, repository: str, branch: str, *, state: str = "all") -> list[PullRequestFacts]:
        """Those from `branch` of the repository itself, newest first."""
        owner = repository.split("/", maxsplit=1)[0]
        found = self._pulls(repository, state=state, head=f"{owner}:{branch}")
        return [each for each in found if each.head_branch == branch]

    def all_pull_requests(self, repository: str) -> list[PullRequestFacts]:
        """Every one that there ever was, newest first."""
        return list(self._pulls(repository, state="all"))

    def has_open_pull_requests(self, repository: str, branch: str) -> bool:
        """Whether one begins at the branch, or is to be merged into it."""
        into = self._pulls(repository, state="open", base=branch)
        return bool(self.pull_requests(repository, branch, state="open")) or next(into, None) is not None

    def authors(self, repository: str, pull: int) -> list[tuple[reading.Person, reading.Person]]:
        """The author and the committer of each commit of a pull request; GitHub shows 250 at most.

        https://docs.github.com/en/rest/pulls/pulls#list-commits-on-a-pull-request
        """
        url = f"/repos/{repository}/pulls/{pull}/commits"
        return list(chain.from_iterable(self._pages(self._as(repository), url, reading.authors)))

    def pull_request(self, repository: str, number: int) -> PullRequestFacts:
        return self._read(self._as(repository), f"/repos/{repository}/pulls/{number}", reading.pull_request)

    def read_file(self, repository: str, path: str) -> bytes | None:
        """A file of the default branch, asked for as if nothing were known; None if there is none, `reading.NOT_SHOWN`
        for one that is larger than 1 MB."""
        try:
            return self._read(self._as(repository), f"/repos/{repository}/contents/{quote(path)}", reading.file)
        except GitHubFailed as error:
            if error.status == _NOT_FOUND:
                return None
            raise

    def head_of(self, repository: str, branch: str) -> str:
        """The branch's commit."""
        url = f"/repos/{repository}/git/ref/heads/{quote(branch)}"
        return self._read(self._as(repository), url, lambda shown: reading.as_a(str, shown["object"]["sha"]))

    def clock_ahead(self, repository: str, now: datetime) -> timedelta:
        """How far GitHub's clock is ahead of `now`; negative if it is behind. Any answer says it: a GitHub Enterprise
        Server without rate limits has no `/rate_limit` (actions/stale#1227)."""
        return self._answer(self._as(repository), f"/repos/{repository}", AnswerForm(into=_its_time)).value - now

    def _comments(self, ref: IssueRef) -> Iterator[CommentFacts]:
        url = f"{_issue_url(ref)}/comments"
        return chain.from_iterable(self._pages(self._as(ref.repository), url, reading.comment))

    def _pulls(self, repository: str, **parameters: str) -> Iterator[PullRequestFacts]:
        url = f"/repos/{repository}/pulls"
        return chain.from_iterable(self._pages(self._as(repository), url, reading.pull_request, **parameters))


def is_writer(shown: Any) -> bool:
    """A custom role that is not one of GitHub's counts as what it builds on: `permission` shows that, and knows neither
    "maintain" nor "triage".

    https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
    """
    role = reading.as_object(shown).get("role_name", "")
    if role in _WRITING_ROLES | _NOT_WRITING_ROLES:
        return role in _WRITING_ROLES
    return reading.as_a(str, shown["permission"]) in _WRITING_ROLES


def _its_time(answer: GitHubAnswer) -> datetime:
    return parsedate_to_datetime(answer.headers["date"]).replace(tzinfo=UTC)  # HTTP dates are always in GMT


def _issue_url(ref: IssueRef) -> str:
    return f"/repos/{ref.repository}/issues/{ref.number}"
