"""One account's way to GitHub: each request waits for its turn, is read where it arrives, and fails as GitHubFailed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any, TypeVar

from github import GithubException
from github.Requester import Requester

from bot.adapters.github import conditional
from bot.adapters.github.accounts import Account
from bot.adapters.github.conditional import PER_PAGE, AnswerForm, CachedValue, Fresh, HttpCache, MemoryCache, Unchanged
from bot.adapters.github.errors import refusal_of, translate_errors
from bot.adapters.github.pacing import Pacer
from bot.core.references import USUAL_BRANCHES, OwnBranches
from bot.core.token_age import AfterRefusal

T = TypeVar("T")
_REFUSALS = frozenset({401, 403})
_before_read: ContextVar[Callable[[], None]] = ContextVar("before_read", default=lambda: None)  # of this thread


@dataclass(frozen=True, slots=True)
class AskAs:
    """Whose token a request is sent with. `requester` may need a new one first; `after_refusal`: what the refusal of
    it with this status means."""

    requester: Callable[[], Requester]
    after_refusal: Callable[[int], AfterRefusal] = lambda _: AfterRefusal.GIVE_UP

    def ask(self, request: Callable[[Requester], T]) -> T:
        """Nothing is performed for a token that is refused: the same is asked again. Raises GithubException, and
        GitHubFailed where GitHub may not know the token yet."""
        try:
            return request(self.requester())
        except GithubException as error:
            then = self.after_refusal(error.status) if error.status in _REFUSALS else AfterRefusal.GIVE_UP
            if then is AfterRefusal.WAIT:
                raise refusal_of(error, early=True) from None
            if then is AfterRefusal.GIVE_UP:
                raise
        return request(self.requester())


@dataclass(eq=False)
class Connection:
    """`cache`: the ETags of what was read; one that ends with the process if none is given. `hide`: takes the host's
    paths out of every text that is sent. `branches`: the bot's own. `signs`: GitHub makes and signs their commits."""

    account: Account
    _: KW_ONLY
    web_url: str
    pacer: Pacer = field(default_factory=Pacer)
    cache: HttpCache = field(default_factory=MemoryCache)
    hide: Callable[[str], str] = str
    branches: OwnBranches = USUAL_BRANCHES
    signs: bool = False

    @property
    def refused(self) -> bool:
        """Whether GitHub refused the token when it was last asked."""
        return self.pacer.refused

    @property
    def reads(self) -> int:
        """How many requests were sent to read, ever, apart from those that cost nothing."""
        return self.pacer.reads

    @contextmanager
    def checking(self, check: Callable[[], None]) -> Iterator[None]:
        """While the block runs, in this thread, `check` is called before each request that reads, also between the
        pages of a list. What it raises ends the block."""
        before = _before_read.set(check)
        try:
            yield
        finally:
            _before_read.reset(before)

    def keep(self, found: Fresh[T] | Unchanged[T]) -> None:
        """It has been worked off: from now on it is asked for with its ETag."""
        if isinstance(found, Fresh):
            conditional.keep(self.cache, found)

    def forget(self, found: Fresh[T]) -> None:
        self.cache.forget(found.address)

    def _get(self, ask_as: AskAs, url: str, form: AnswerForm[T], **parameters: str) -> Fresh[T] | Unchanged[T]:
        """Asked for with the ETag of what was kept of it."""
        address = conditional.address_of(url, parameters)
        known = conditional.look_up(self.cache, address, form)
        with self._reading():
            found = ask_as.ask(lambda requester: self._ask(known, requester, address, form))
        if isinstance(found, Unchanged):
            self.pacer.cost_nothing()
        return found

    def _read(self, ask_as: AskAs, url: str, into: Callable[[Any], T], **parameters: str) -> T:
        return self._answer(ask_as, url, conditional.one_object(into), **parameters).value

    def _answer(self, ask_as: AskAs, url: str, form: AnswerForm[T], **parameters: str) -> Fresh[T]:
        """Asked for as if nothing were known."""
        with self._reading():
            address = conditional.address_of(url, parameters)
            found = ask_as.ask(lambda requester: self._ask(None, requester, address, form))
        assert isinstance(found, Fresh)  # noqa: S101 - nothing is known
        return found

    def _ask(
        self, known: CachedValue[T] | None, requester: Requester, address: str, form: AnswerForm[T]
    ) -> Fresh[T] | Unchanged[T]:
        try:
            return conditional.get(known, requester, address, form)
        finally:
            self.pacer.note_budget(*requester.rate_limiting, requester.rate_limiting_resettime)

    def _pages(self, ask_as: AskAs, url: str, into: Callable[[Any], T], **parameters: str) -> Iterator[tuple[T, ...]]:
        """Every page, each asked for when it is wanted."""
        page = self._answer(ask_as, url, conditional.page(into), per_page=str(PER_PAGE), **parameters)
        yield page.value
        yield from self._after(ask_as, page, into)

    def _after(self, ask_as: AskAs, first: Fresh[Any], into: Callable[[Any], T]) -> Iterator[tuple[T, ...]]:
        """The pages that follow."""
        following = first.following
        while following is not None:
            page = self._answer(ask_as, following, conditional.page(into))
            yield page.value
            following = page.following

    def _as(self, repository: str) -> AskAs:
        account = self.account
        return AskAs(lambda: account.client(repository).requester, partial(account.after_refusal, repository, "api"))

    def _as_pusher(self, repository: str) -> AskAs:
        account = self.account
        return AskAs(
            lambda: account.push_client(repository).requester, partial(account.after_refusal, repository, "push")
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        _before_read.get()()
        with self.pacer.read(), translate_errors():
            yield

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self.pacer.write(), translate_errors():
            yield
