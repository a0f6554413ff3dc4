"""Where an App is installed. That is asked for again and again: each page is kept with its tag, as in `listings`."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from github import GithubIntegration
from github.Requester import Requester

from bot.adapters.github import listings
from bot.adapters.github.errors import GitHubFailed, translated

_FRESH_SECONDS = 30.0
_INSTALLATIONS = f"/app/installations?per_page={listings.PER_PAGE}"
_REPOSITORIES = f"/installation/repositories?per_page={listings.PER_PAGE}"
_TO_READ = {"metadata": "read"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    tag: str
    items: tuple[Any, ...]
    following: str | None


class Installations:
    """Safe to use from several threads."""

    def __init__(self, integration: GithubIntegration) -> None:
        self._integration = integration
        self._requesters: dict[int, Requester] = {}
        self._pages: dict[tuple[int, str], _Known] = {}
        self._names: tuple[str, ...] = ()
        self._asked_at: float | None = None
        self._lock = threading.Lock()

    def repositories(self, *, anew: bool = False) -> tuple[str, ...]:
        """As they were some seconds ago at the most; `anew`: now. Raises GitHubFailed."""
        with self._lock:
            if anew or self._asked_at is None or time.monotonic() - self._asked_at > _FRESH_SECONDS:
                with translated():
                    self._names = tuple(sorted(self._all()))
                self._asked_at = time.monotonic()
            return self._names

    def _all(self) -> Iterator[str]:
        """Nobody can act for one that was suspended."""
        for shown in self._listed(0, self._integration.requester, _INSTALLATIONS, lambda body: body):
            if not shown.get("suspended_at"):
                installation = shown["id"]
                requester = self._requester(installation)
                found = self._listed(installation, requester, _REPOSITORIES, lambda body: body["repositories"])
                yield from (each["full_name"] for each in found)

    def _requester(self, installation: int) -> Requester:
        """One for each, which keeps its token until it ends."""
        if installation not in self._requesters:
            client = self._integration.get_github_for_installation(installation, token_permissions=_TO_READ)
            self._requesters[installation] = client.requester
        return self._requesters[installation]

    def _listed(self, whose: int, requester: Requester, url: str, items: Callable[[Any], Any]) -> Iterator[Any]:
        following: str | None = url
        while following is not None:
            page = self._page(whose, requester, following, items)
            yield from page.items
            following = page.following

    def _page(self, whose: int, requester: Requester, url: str, items: Callable[[Any], Any]) -> _Known:
        known = self._pages.get((whose, url))
        answered = listings.asked(requester, url, {}, known.tag if known else "")
        if answered is None:
            if known is None:
                raise GitHubFailed(None, f"{url} is said not to have changed, but nothing of it is known")
            return known
        body, headers = answered
        page = _Known(
            tag=headers.get("etag", ""), items=tuple(items(body)), following=listings.following_address(headers)
        )
        self._pages[whose, url] = page
        return page
