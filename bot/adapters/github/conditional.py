"""One cache of ETags for everything that is asked for again and again: "not modified" costs nothing of GitHub's hour.

An answer is mapped to a value where it arrives, so that one that GitHub never describes is a GitHubFailed and no error
somewhere else. It is kept once the caller has processed it, and not before: after a crash in between it is read again.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from github.Requester import Requester

from bot.adapters.github.errors import UNREADABLE, GitHubFailed, unreadable

T = TypeVar("T")

PER_PAGE = 100
_NOT_MODIFIED = 304
_ERRORS = 400
_NEXT = re.compile(r'<([^>]+)>\s*;[^,]*\brel="next"')


class HttpCache(Protocol):
    """ETags by address, each with a note in JSON: what has to be known of an answer that has not changed."""

    def get(self, address: str) -> tuple[str, str] | None:
        """The ETag and the note."""

    def put(self, address: str, etag: str, note: str) -> None: ...

    def forget(self, address: str) -> None: ...


@dataclass(frozen=True, slots=True)
class MemoryCache:
    """One that ends with the process."""

    _kept: dict[str, tuple[str, str]] = field(default_factory=dict)

    def get(self, address: str) -> tuple[str, str] | None:
        return self._kept.get(address)

    def put(self, address: str, etag: str, note: str) -> None:
        self._kept[address] = etag, note

    def forget(self, address: str) -> None:
        self._kept.pop(address, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubAnswer:
    """What GitHub sent. `headers`: their names in lower case."""

    body: Any
    headers: Mapping[str, str]

    @property
    def following(self) -> str | None:
        """The address of the next page."""
        found = _NEXT.search(self.headers.get("link", ""))
        return found[1] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh(Generic[T]):
    """What GitHub shows now. `following`: the address of the next page."""

    value: T
    address: str
    etag: str = ""
    note: Any = None
    following: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged(Generic[T]):
    """It is as it was when it was kept. `value`: read from the note that was kept then."""

    value: T


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedValue(Generic[T]):
    """An answer of before: asked for with its ETag, GitHub says whether it has changed."""

    etag: str
    unchanged: Unchanged[T]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerForm(Generic[T]):
    """How an answer is read, and what is noted of it; `from_note` reads that again."""

    into: Callable[[GitHubAnswer], T]
    note: Callable[[GitHubAnswer], Any] = lambda _: None
    from_note: Callable[[Any], T] | None = None


def one_object(into: Callable[[Any], T]) -> AnswerForm[T]:
    """One object, of which all is noted."""
    return AnswerForm(into=lambda answer: into(answer.body), note=lambda answer: answer.body, from_note=into)


def page(into: Callable[[Any], T]) -> AnswerForm[tuple[T, ...]]:
    """One page of a list. It is noted only that it is known."""
    return AnswerForm(into=lambda answer: tuple(map(into, items(answer.body))), from_note=lambda _: ())


def items(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise TypeError(f"expected a list, not {type(body).__name__}")
    return body


def look_up(cache: HttpCache, address: str, form: AnswerForm[T]) -> CachedValue[T] | None:
    """What the cache holds. A note that cannot be read is as good as none: it may be an older program's. Apart from
    `get`, because an error of the cache is no answer of GitHub."""
    found = cache.get(address)
    if found is None or form.from_note is None:
        return None
    try:
        return CachedValue(etag=found[0], unchanged=Unchanged(value=form.from_note(json.loads(found[1]))))
    except UNREADABLE:
        return None


def get(
    known: CachedValue[T] | None, requester: Requester, address: str, form: AnswerForm[T], *, scope: str = ""
) -> Fresh[T] | Unchanged[T]:
    """Ask with the ETag of what is known. `scope` tells answers apart that others get at the same address.

    Raises GitHubFailed for what cannot be read, and PyGithub's errors as `errors.translated` expects them.
    """
    answer = _ask(requester, address, "" if known is None else known.etag)
    if answer is None:
        assert known is not None  # noqa: S101 - without an ETag there is no "not modified"
        return known.unchanged
    try:
        value, note = form.into(answer), form.note(answer)
    except UNREADABLE as error:
        raise unreadable(error) from error
    etag = answer.headers.get("etag", "")
    return Fresh(value=value, address=scope + address, etag=etag, note=note, following=answer.following)


def keep(cache: HttpCache, fresh: Fresh[T]) -> None:
    """It has been processed. Without an ETag it is asked for again in any case."""
    if fresh.etag:
        cache.put(fresh.address, fresh.etag, json.dumps(fresh.note))
    else:
        cache.forget(fresh.address)


def address_of(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(sorted(parameters.items()))}" if parameters else url


def _ask(requester: Requester, address: str, etag: str = "") -> GitHubAnswer | None:
    """None for "not modified"."""
    conditional = {"If-None-Match": etag} if etag else {}
    status, headers, text = requester.requestJson("GET", address, headers=conditional)
    if status == _NOT_MODIFIED and etag:
        return None
    body = _json(text)
    if status >= _ERRORS:
        raise requester.createException(status, headers, body if isinstance(body, dict) else {})
    return GitHubAnswer(body=body, headers=headers)


def _json(text: str | None) -> Any:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        raise GitHubFailed(None, "an answer that is not JSON") from None
