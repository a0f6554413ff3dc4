"""Listings that are asked for again and again: with the tag of what they were, so that "not modified" costs nothing.

A tag speaks for one page. A listing of news is therefore asked for with the newest first, where every change shows on
the first page; one that has to be known whole keeps a tag for each of its pages.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from github.Requester import Requester

from bot.adapters.github.errors import GitHubFailed

Json = dict[str, Any]
T = TypeVar("T")
Answered = tuple[Any, Json]
"""The body and the headers, their names in lower case."""
Ask = Callable[[str, Mapping[str, str], str], Answered | None]
"""Sends one request (`asked`): address, parameters, and the tag of what is known, if any."""

PER_PAGE = 100
_NOT_MODIFIED = 304
_ERRORS = 400
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="next"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """All of a listing's items, and the tag of its first page."""

    items: tuple[T, ...]
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PageOfNumbers:
    """What one page listed: enough to know it again when GitHub says that it has not changed."""

    tag: str
    numbers: tuple[int, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`following` is the address of the next page."""

    items: list[Json]
    tag: str
    following: str | None


def news(ask: Ask, url: str, parameters: Mapping[str, str], tag: str) -> Listing[Json] | None:
    """Every item, or None if the first page is what `tag` names."""
    page = first_page(ask, url, {**parameters, "per_page": str(PER_PAGE)}, tag)
    if page is None:
        return None
    items, first = list(page.items), page.tag
    while page is not None and page.following is not None:
        page = first_page(ask, page.following, {}, "")
        items += page.items if page is not None else ()
    return Listing(items=tuple(items), tag=first)


def census(
    ask: Ask, url: str, parameters: Mapping[str, str], known: Sequence[PageOfNumbers]
) -> tuple[list[Json], tuple[PageOfNumbers, ...]]:
    """The items of the pages that are not as `known`, and all pages as they are now."""
    fresh: list[Json] = []
    pages: list[PageOfNumbers] = []
    while not pages or pages[-1].more:
        before = known[len(pages)] if len(pages) < len(known) else None
        asked = {**parameters, "per_page": str(PER_PAGE), "page": str(len(pages) + 1)}
        page = first_page(ask, url, asked, before.tag if before else "")
        if page is None:
            assert before is not None  # noqa: S101 - without a tag there is no "not modified"
            pages.append(before)
            continue
        fresh += page.items
        numbers = tuple(int(item["number"]) for item in page.items)
        pages.append(PageOfNumbers(tag=page.tag, numbers=numbers, more=page.following is not None))
    return fresh, tuple(pages)


def get_if_changed(ask: Ask, url: str, tag: str) -> tuple[Json, str] | None:
    """One thing and its tag, or None if it is what `tag` names."""
    answered = ask(url, {}, tag)
    return None if answered is None else (answered[0], answered[1].get("etag", ""))


def page_after(ask: Ask, url: str) -> tuple[list[Json], str | None]:
    """A page at the address that the one before it named, and the address of the next."""
    page = first_page(ask, url, {}, "")
    return (page.items, page.following) if page is not None else ([], None)


def first_page(ask: Ask, url: str, parameters: Mapping[str, str], tag: str) -> Page | None:
    """Items, tag, and the address of the next page; None if the page is what `tag` names."""
    answered = ask(url, parameters, tag)
    if answered is None:
        return None
    items, headers = answered
    if not isinstance(items, list):
        raise GitHubFailed(None, f"expected a list from {url}")
    return Page(items=items, tag=headers.get("etag", ""), following=following_address(headers))


def following_address(headers: Mapping[str, Any]) -> str | None:
    found = _NEXT.search(headers.get("link", ""))
    return found[1] if found else None


def asked(requester: Requester, url: str, parameters: Mapping[str, str], tag: str) -> Answered | None:
    """None for "not modified". Raises PyGithub's errors, as `errors.translated` expects them."""
    conditional = {"If-None-Match": tag} if tag else {}
    status, headers, text = requester.requestJson("GET", url, parameters=dict(parameters), headers=conditional)
    if status == _NOT_MODIFIED and tag:
        return None
    body = _read(text)
    if status >= _ERRORS:
        raise requester.createException(status, headers, body if isinstance(body, dict) else {})
    return body, headers


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        raise GitHubFailed(None, "an answer that is no JSON") from None
