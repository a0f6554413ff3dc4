"""Who Nightshift is on GitHub: a personal access token, or an App with a short-lived token for each repository.

An App's tokens are minted for one repository and the permissions of one use, so that the token that pushes can
do nothing but push. PyGithub's own minting cannot name repositories, hence the plain request.
https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from github import Auth, Github, GithubException, GithubIntegration
from github.Requester import Requester

from bot.adapters.github.clients import TIMEOUT_SECONDS, client, retry_reads
from bot.adapters.github.errors import translate_errors
from bot.adapters.github.installations import Installations
from bot.adapters.github.reading import actor, as_a, moment
from bot.adapters.github.redirects import follow_redirects
from bot.core.facts import Actor
from bot.core.token_age import AfterRefusal, after_refusal

_RENEW_BEFORE = 300.0  # seconds before its end at which a token is replaced; they last an hour
_API_PERMISSIONS = {"issues": "write", "pull_requests": "write", "metadata": "read", "contents": "read"}
_CI_PERMISSIONS = {"checks": "write", "statuses": "read", "actions": "read"}
"""For repairs of failing checks, and for the App's own check runs: asked for as far as the installation has them, since
GitHub refuses the token else."""
_PUSH_PERMISSIONS = {"contents": "write", "metadata": "read"}
_READ_PERMISSIONS = {"contents": "read", "metadata": "read"}
_PERMISSIONS = {"push": _PUSH_PERMISSIONS, "read": _READ_PERMISSIONS, "api": _API_PERMISSIONS}


class Account(ABC):
    """Hands out clients and push tokens. Safe to use from several threads."""

    @abstractmethod
    def me(self) -> Actor:
        """The account that GitHub names as the author of what the bot writes. Raises GitHubFailed."""

    @abstractmethod
    def client(self, repository: str) -> Github:
        """A client that may read and write issues and pull requests of `repository`."""

    @abstractmethod
    def push_client(self, repository: str) -> Github:
        """A client that may write contents of `repository`, and nothing else."""

    @abstractmethod
    def push_token(self, repository: str) -> str: ...

    @abstractmethod
    def read_token(self, repository: str) -> str:
        """For a repository that need not be one of those that this account works for."""

    def after_refusal(self, repository: str, use: str, status: int) -> AfterRefusal:  # noqa: ARG002
        """What it means that GitHub refused the token for this use with this status. With RENEW, the next one that is
        handed out is a new one."""
        return AfterRefusal.GIVE_UP

    def app_requester(self) -> Requester | None:
        """What asks as the App itself; None if there is no App."""
        return None

    def writes_checks(self, repository: str) -> bool:  # noqa: ARG002 - GitHub takes check runs from Apps alone
        """Whether it may show check runs there."""
        return False

    @abstractmethod
    def repositories(self) -> tuple[str, ...]:
        """Every repository that this account works for."""

    def knows(self, repository: str) -> bool:
        """Whether it is among these. GitHub's names ignore case."""
        return _is_among(self.repositories(), repository)

    def looks_after(self, repository: str) -> bool:
        """The same, asked anew where it may have been added this moment."""
        return self.knows(repository)

    @abstractmethod
    def learn_name(self, former: str, now: str) -> None:
        """What the settings call `former` has this name."""


class TokenAccount(Account):
    """A personal access token, classic or fine-grained. It is what it is: nothing can cut it down further."""

    def __init__(
        self,
        token: str,
        *,
        api_url: str,
        repositories: tuple[str, ...],
        connect: Callable[[], None] = follow_redirects,
    ) -> None:
        self._token = token
        self._repositories = repositories
        self._client = client(Auth.Token(token), api_url, connect)

    def me(self) -> Actor:
        with translate_errors():
            user = self._client.get_user()
            return Actor(login=as_a(str, user.login), id=as_a(int, user.id), is_bot=user.type == "Bot")

    def client(self, repository: str) -> Github:  # noqa: ARG002 - one token for all
        return self._client

    def push_client(self, repository: str) -> Github:  # noqa: ARG002
        return self._client

    def push_token(self, repository: str) -> str:  # noqa: ARG002
        return self._token

    def read_token(self, repository: str) -> str:  # noqa: ARG002
        return self._token

    def repositories(self) -> tuple[str, ...]:
        return self._repositories

    def learn_name(self, former: str, now: str) -> None:
        self._repositories = _with_name(self._repositories, former, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Minted:
    """`at`, `until`: by the wall clock, which goes on while the machine sleeps. `was_renewed`: it replaced one that
    GitHub refused."""

    token: str
    at: float
    until: float
    was_renewed: bool
    writes_checks: bool


class AppAccount(Account):
    """A GitHub App: signs a JWT, finds the installation of a repository, mints a token for that one repository."""

    def __init__(
        self,
        app_id: int,
        private_key: str,
        *,
        api_url: str,
        repositories: tuple[str, ...],
        clock: Callable[[], float] = time.time,
    ) -> None:
        follow_redirects()
        self._client_of = partial(client, api_url=api_url)
        self._clock = clock
        self._only = repositories
        self._integration = GithubIntegration(
            auth=Auth.AppAuth(app_id, private_key), base_url=api_url, timeout=TIMEOUT_SECONDS, retry=retry_reads()
        )
        self._installations = Installations(self._integration)
        self._minted: dict[tuple[str, str], _Minted] = {}
        self._refused: set[tuple[str, str]] = set()  # whose next token replaces one that GitHub refused
        self._lock = threading.Lock()

    def me(self) -> Actor:
        """An App's user has a number that is not the App's (actions/create-github-app-token#105)."""
        with translate_errors():
            login = f"{as_a(str, self._integration.get_app().slug)}[bot]"
            return actor(self._shown_user(login))

    def _shown_user(self, login: str) -> object:
        """GitHub answers 401 to the App's own JSON web token here (typeclaw/typeclaw#393), and may not know the token
        of an installation yet. Everybody may ask, though seldom."""
        path, requester = f"/users/{quote(login)}", self._installations.find_requester()
        if requester is not None:
            with suppress(GithubException):
                return requester.requestJsonAndCheck("GET", path)[1]
        return self._client_of(None).requester.requestJsonAndCheck("GET", path)[1]

    def client(self, repository: str) -> Github:
        return self._client_of(Auth.Token(self._token(repository, "api")))

    def push_client(self, repository: str) -> Github:
        return self._client_of(Auth.Token(self._token(repository, "push")))

    def app_requester(self) -> Requester:
        return self._integration.requester

    def push_token(self, repository: str) -> str:
        return self._token(repository, "push")

    def read_token(self, repository: str) -> str:
        return self._token(repository, "read")

    def repositories(self) -> tuple[str, ...]:
        if self._only:
            return self._only
        return self._installations.repositories()

    def installed_now(self) -> tuple[str, ...]:
        """Every repository on which it is installed at this moment. Raises GitHubFailed."""
        return self._installations.repositories(anew=True)

    def looks_after(self, repository: str) -> bool:
        if self.knows(repository):
            return True
        return not self._only and _is_among(self.installed_now(), repository)

    def learn_name(self, former: str, now: str) -> None:
        self._only = _with_name(self._only, former, now)

    def _token(self, repository: str, use: str) -> str:
        with self._lock:
            return self._minted_for(repository, use).token

    def writes_checks(self, repository: str) -> bool:
        """Raises GitHubFailed."""
        with self._lock:
            return self._minted_for(repository, "api").writes_checks

    def _minted_for(self, repository: str, use: str) -> _Minted:
        minted = self._minted.get((repository, use))
        if minted is None or minted.until - _RENEW_BEFORE < self._clock():
            minted = self._minted[repository, use] = self._mint(repository, use)
        return minted

    def after_refusal(self, repository: str, use: str, status: int) -> AfterRefusal:
        with self._lock:
            minted = self._minted.get((repository, use))
            if minted is None:  # another thread has found that out
                return AfterRefusal.RENEW
            then = after_refusal(status, self._clock() - minted.at, was_renewed=minted.was_renewed)
            if then is AfterRefusal.RENEW:
                del self._minted[repository, use]
                self._refused.add((repository, use))
            return then

    def _mint(self, repository: str, use: str) -> _Minted:
        owner, name = repository.split("/")
        with translate_errors():
            installation = self._integration.get_repo_installation(owner, name)
            has = as_a(dict, installation.raw_data.get("permissions") or {})
            more = {each: _within(level, has[each]) for each, level in _CI_PERMISSIONS.items() if each in has}
            wanted = {**_PERMISSIONS[use], **(more if use == "api" else {})}
            _, answer = self._integration.requester.requestJsonAndCheck(
                "POST",
                f"/app/installations/{installation.id}/access_tokens",
                input={"repositories": [name], "permissions": wanted},
            )
            token, until = as_a(str, answer["token"]), moment(answer["expires_at"]).timestamp()
        was_renewed = (repository, use) in self._refused
        self._refused.discard((repository, use))
        return _Minted(
            token=token,
            at=self._clock(),
            until=until,
            was_renewed=was_renewed,
            writes_checks=wanted.get("checks") == "write",
        )


def _is_among(names: Iterable[str], repository: str) -> bool:
    return repository.lower() in map(str.lower, names)


def _with_name(names: tuple[str, ...], former: str, now: str) -> tuple[str, ...]:
    return tuple(now if name.lower() == former.lower() else name for name in names)


def _within(level: str, held: object) -> str:
    """No more than the installation has."""
    return level if held == "write" else "read"
