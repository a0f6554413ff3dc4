"""The table of the API's modelled operations: each names its template in GitHub's description, and what it needs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from bot.rehearsal.github.access import Actor, Need
from bot.rehearsal.github.world import Json, Refused, Repository, World

PAGE_LIMIT = 100
PAGE_DEFAULT = 30
# As in MeltanoLabs/tap-github#415.
_NO_NUMBERS = (
    "Pagination with the page parameter is not supported for large datasets, please use cursor based pagination "
    "(after/before)"
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`body` is JSON, or bytes for any other type; None for no body."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One request, let in: `names` are the parts of its path, `body` its JSON object (or list), {} if it has none."""

    world: World
    actor: Actor
    method: str
    path: str
    names: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    accept: str = ""
    found: Repository | None = None

    @property
    def repository(self) -> Repository:
        assert self.found is not None, "only routes under /repos/{owner}/{repo} have a repository"  # noqa: S101
        return self.found

    @property
    def login(self) -> str:
        """Who acts. Raises 401 without a token."""
        return self.actor.known_login

    def number(self, name: str) -> int:
        """A number in the path; what is none leads nowhere."""
        if not self.names[name].isdecimal():
            raise Refused(404, "Not Found")
        return int(self.names[name])

    def since(self) -> datetime | None:
        if "since" not in self.query:
            return None
        try:
            return datetime.fromisoformat(self.query["since"].replace("Z", "+00:00"))
        except ValueError as error:
            raise Refused(422, "Validation Failed", errors=[{"field": "since", "code": "invalid"}]) from error

    def page(self, items: Sequence[T], render: Callable[[T], Any]) -> Reply:
        """One page of a list, with the `Link` header to the others."""
        body, headers = self.slice(items, render)
        return Reply(body=body, headers=headers)

    def slice(self, items: Sequence[T], render: Callable[[T], Any]) -> tuple[list[Any], dict[str, str]]:
        size = min(_count(self.query.get("per_page"), PAGE_DEFAULT), PAGE_LIMIT)
        is_large = len(items) > self.world.most_numbered
        page = self._find_page(is_large=is_large)
        last = max(1, -(-len(items) // size))
        rendered = [render(item) for item in items[(page - 1) * size : page * size]]
        links = {"next": page + 1} if is_large else {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        shown = {name for name in links if (page > 1 if name in ("prev", "first") else page < last)}
        parts = [
            f'<{self._address(number, is_large)}>; rel="{name}"' for name, number in links.items() if name in shown
        ]
        return rendered, {"Link": ", ".join(parts)} if parts else {}

    def _find_page(self, *, is_large: bool) -> int:
        number = _count(self.query.get("page"), 1)
        if not is_large:
            return number
        if number > 1 and "after" not in self.query:
            raise Refused(422, _NO_NUMBERS)
        return _cursor(self.query.get("after"))

    def _address(self, page: int, is_large: bool) -> str:
        """Of another page of the same list. In a large one the number alone leads nowhere."""
        cursor = {"after": base64.urlsafe_b64encode(f"cursor:v2:{page}".encode()).decode()} if is_large else {}
        return f"{self.world.api_url}{self.path}?{urlencode({**self.query, **cursor, 'page': page})}"


Handler = Callable[[ApiCall], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    method: str
    template: str
    need: Need | None  # None: no repository is concerned, or the handler sees to it itself
    handler: Handler


ROUTES: list[Route] = []


def route(method: str, template: str, need: Need | None = None) -> Callable[[Handler], Handler]:
    """Answer this operation with the decorated function."""

    def register(handler: Handler) -> Handler:
        ROUTES.append(Route(method=method, template=template, need=need, handler=handler))
        return handler

    return register


def text(body: Json, name: str) -> str:
    """A string out of a request's body; GitHub takes numbers for titles, too."""
    value = body.get(name)
    return "" if value is None else str(value)


def _count(value: str | None, default: int) -> int:
    return max(1, int(value)) if value is not None and re.fullmatch(r"\d{1,9}", value) else default


def _cursor(value: str | None) -> int:
    """The page that a cursor stands for; the first one without a cursor. Raises Refused for what is none."""
    if value is None:
        return 1
    try:
        return int(base64.urlsafe_b64decode(value).decode().removeprefix("cursor:v2:"))
    except ValueError as error:
        raise Refused(422, "The cursor is not valid") from error


def encoded(content: bytes) -> str:
    """Base64 in lines of 60, as GitHub sends contents."""
    plain = binascii.b2a_base64(content, newline=False).decode()
    return "".join(f"{plain[start : start + 60]}\n" for start in range(0, len(plain), 60))
