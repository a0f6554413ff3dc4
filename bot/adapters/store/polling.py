"""How far GitHub was read: bookmarks of listings, answers of conditional GETs, and the logs of deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import delete, select

from bot.adapters.store.part import Part
from bot.adapters.store.schema import BOOKMARKS, DELIVERY_LOGS, HOOKS, HTTP_CACHE
from bot.adapters.store.values import Bookmark, CachedAnswer, LogMark


class BookmarkRows(Part):
    def of(self, repository: str, listing: str) -> Bookmark | None:
        its = (BOOKMARKS.c.repository == repository) & (BOOKMARKS.c.listing == listing)
        row = self._connection.execute(select(BOOKMARKS).where(its)).one_or_none()
        return None if row is None else Bookmark(since=row.since, newest=row.newest)

    def keep(self, repository: str, listing: str, bookmark: Bookmark) -> None:
        self._put(BOOKMARKS, {"repository": repository, "listing": listing}, asdict(bookmark))


class HttpCacheRows(Part):
    """GitHub's answers by address. Losing one costs a request and changes nothing."""

    def of(self, url: str) -> CachedAnswer | None:
        row = self._connection.execute(select(HTTP_CACHE).where(HTTP_CACHE.c.url == url)).one_or_none()
        return None if row is None else CachedAnswer(etag=row.etag, value=row.value)

    def keep(self, url: str, *, etag: str, value: str, now: datetime) -> None:
        self._put(HTTP_CACHE, {"url": url}, {"etag": etag, "value": value, "at": now})

    def forget(self, url: str) -> None:
        self._connection.execute(delete(HTTP_CACHE).where(HTTP_CACHE.c.url == url))


class HookNumbers(Part):
    def numbers(self, repositories: Iterable[str]) -> dict[str, int]:
        """The number of the hook that sends deliveries, for those of the repositories whose hook is known."""
        found = select(HOOKS).where(HOOKS.c.repository.in_(list(repositories)))
        return {row.repository: row.number for row in self._connection.execute(found)}

    def keep(self, repository: str, number: int) -> None:
        self._put(HOOKS, {"repository": repository}, {"number": number})


class DeliveryLogMarks(Part):
    def of(self, path: str) -> LogMark:
        row = self._connection.execute(select(DELIVERY_LOGS).where(DELIVERY_LOGS.c.path == path)).one_or_none()
        return LogMark() if row is None else LogMark(since=row.since, asked=row.asked)

    def keep(self, path: str, mark: LogMark) -> None:
        values = {"since": mark.since, "asked": dict(mark.asked)}
        self._put(DELIVERY_LOGS, {"path": path}, values)
