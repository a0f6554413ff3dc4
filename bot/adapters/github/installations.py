"""Where an App is installed. That is asked for again and again: each page is kept with its ETag."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from github import GithubException, GithubIntegration
from github.Requester import Requester

from bot.adapters.github import conditional, reading
from bot.adapters.github.conditional import PER_PAGE, AnswerForm, Fresh, GitHubAnswer, MemoryCache
from bot.adapters.github.errors import translate_errors

_FRESH_SECONDS = 30.0
_INSTALLATIONS = f"/app/installations?per_page={PER_PAGE}"
_REPOSITORIES = f"/installation/repositories?per_page={PER_PAGE}"
_TO_READ = {"metadata": "read"}
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    items: tuple[Any, ...]
    following: str | None


class Installations:
    """Safe to use from several threads."""

    def __init__(self, integration: GithubIntegration) -> None:
        self._integration = integration
        self._requesters: dict[int, Requester] = {}
        self._cache = MemoryCache()
        self._names: tuple[str, ...] = ()
        self._asked_at: float | None = None
        self._lock = threading.Lock()

    def repositories(self, *, anew: bool = False) -> tuple[str, ...]:
        """As they were some seconds ago at the most; `anew`: now. Raises GitHubFailed."""
        with self._lock:
            if anew or self._asked_at is None or time.monotonic() - self._asked_at > _FRESH_SECONDS:
                with translate_errors():
                    self._names = self._read()
                self._asked_at = time.monotonic()
            return self._names

    def find_requester(self) -> Requester | None:
        """Of an installation that is not suspended; None if there is none. Raises GitHubFailed."""
        with self._lock, translate_errors():
            listed = self._list_all("", self._integration.requester, _INSTALLATIONS, _INSTALLED)
            found = next((identity for identity, suspended in listed if not suspended), None)
            return self._requester(found) if found is not None else None

    def _read(self) -> tuple[str, ...]:
        """A token that GitHub has revoked is replaced, once."""
        try:
            return tuple(sorted(self._all()))
        except GithubException as error:
            if error.status != _UNAUTHORIZED or not self._requesters:
                raise
        self._requesters.clear()
        return tuple(sorted(self._all()))

    def _all(self) -> Iterator[str]:
        """No token can be had for one that was suspended."""
        for identity, suspended in self._list_all("", self._integration.requester, _INSTALLATIONS, _INSTALLED):
            if not suspended:
                requester = self._requester(identity)
                yield from self._list_all(f"{identity} ", requester, _REPOSITORIES, _NAMED)

    def _requester(self, installation: int) -> Requester:
        """One for each, which keeps its token until it ends."""
        if installation not in self._requesters:
            client = self._integration.get_github_for_installation(installation, token_permissions=_TO_READ)
            self._requesters[installation] = client.requester
        return self._requesters[installation]

    def _list_all(self, scope: str, requester: Requester, url: str, form: AnswerForm[_Page]) -> Iterator[Any]:
        """`scope`: whose repositories they are; the address is the same for all."""
        following: str | None = url
        while following is not None:
            known = conditional.look_up(self._cache, scope + following, form)
            found = conditional.get(known, requester, following, form, scope=scope)
            if isinstance(found, Fresh):
                conditional.keep(self._cache, found)
            yield from found.value.items
            following = found.value.following


def _form(items: Callable[[Any], list[Any]]) -> AnswerForm[_Page]:
    """What is noted of a page is all that is read of it."""
    return AnswerForm(
        into=lambda answer: _page(_note(items, answer)),
        note=lambda answer: _note(items, answer),
        from_note=_page,
    )


def _note(items: Callable[[Any], list[Any]], answer: GitHubAnswer) -> Any:
    return {"items": items(answer.body), "following": answer.following}


def _page(kept: Any) -> _Page:
    return _Page(items=tuple(kept["items"]), following=kept["following"])


def _read_installations(body: Any) -> list[Any]:
    return [[reading.identity(each), bool(each.get("suspended_at"))] for each in conditional.items(body)]


def _read_names(body: Any) -> list[Any]:
    return [reading.as_a(str, each["full_name"]) for each in conditional.items(body["repositories"])]


_INSTALLED, _NAMED = _form(_read_installations), _form(_read_names)
