"""One account's way to GitHub: each request waits for its turn, and every error is GitHubFailed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from github.Issue import Issue
from github.Repository import Repository
from github.Requester import Requester

from bot.adapters.github import listings
from bot.adapters.github.accounts import Account
from bot.adapters.github.errors import translated
from bot.adapters.github.listings import Answered, Ask
from bot.adapters.github.pacing import Pacer
from bot.core.references import IssueRef


class Connection:
    def __init__(self, account: Account, *, web_url: str, pacer: Pacer | None = None) -> None:
        self.account = account
        self.web_url = web_url
        self._pacer = pacer or Pacer()

    @property
    def refused(self) -> bool:
        """Whether GitHub refused the token when it was last asked."""
        return self._pacer.refused

    @property
    def reads(self) -> int:
        """How many requests were sent to read, ever, apart from those that cost nothing."""
        return self._pacer.reads

    def _repo(self, name: str) -> Repository:
        return self.account.client(name).get_repo(name)

    def _issue(self, ref: IssueRef) -> Issue:
        return self._repo(ref.repository).get_issue(ref.number)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._pacer.read(), translated():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._pacer.write(), translated():
            yield

    def _ask(self, repository: str) -> Ask:
        return self._ask_by(partial(self._requester, repository))

    def _requester(self, repository: str) -> Requester:
        """It may need a new token first."""
        return self.account.client(repository).requester

    def _ask_by(self, requester: Callable[[], Requester]) -> Ask:
        return partial(self._asked, requester)

    def _asked(
        self, requester: Callable[[], Requester], url: str, parameters: Mapping[str, str], tag: str
    ) -> Answered | None:
        with self._reading():
            answered = listings.asked(requester(), url, parameters, tag)
        if answered is None:
            self._pacer.cost_nothing()
        return answered
