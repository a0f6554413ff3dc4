"""How far the periodic pass has read, in the ledger: a restart goes on from there, and costs nothing either.

A mark moves only after what was read has been worked off. GitHub may list a change a little late, so a listing is read
from a little before what was last seen on, and as long as it holds changes of this very moment its tag is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.adapters.github import GitHub, PageOfNumbers
from bot.adapters.store import Bookmark, Store
from bot.core.facts import IssueFacts
from bot.core.references import IssueRef

_OVERLAP = timedelta(minutes=2)
# `since` is part of the address that a tag speaks for: it stays where it is until there is much to read again.
_LONG = 30
_UNSEEN = "unseen"
_ISSUES = "issues"
COMMENTS = "comments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is listed from `since` on was last what `tag` names; no tag: it has to be read. `newest`: the last change
    that was seen in it."""

    repository: str
    listing: str
    since: datetime
    tag: str
    newest: datetime

    def is_new(self, created_at: datetime) -> bool:
        """Whether it was not there yet when this was last read. What was, and is listed again, was changed since."""
        return created_at >= max(self.since, self.newest - _OVERLAP)


class Bookmarks:
    def __init__(self, store: Store, github: GitHub, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._github = github
        self._clock = clock

    def begin(self, repository: str, started: datetime) -> None:
        """The first pass ever reads from when it was started, by GitHub's clock; ours may have been put back since."""
        with self._store.read() as ledger:
            missing = [each for each in (_ISSUES, COMMENTS) if ledger.bookmarks.of(repository, each) is None]
        if missing:
            now = self._clock()
            began = min(started, now) + self._github.clock_ahead(repository, now) - _OVERLAP
            with self._store.transaction() as ledger:
                for each in missing:
                    ledger.bookmarks.keep(repository, each, Bookmark(since=began, etag="", newest=began))

    def issues(self, repository: str) -> Mark:
        return self._mark(repository, _ISSUES)

    def comments(self, repository: str) -> Mark:
        return self._mark(repository, COMMENTS)

    def move(self, mark: Mark, tag: str, times: Sequence[datetime]) -> None:
        newest = max(times, default=None)
        since = mark.since
        if newest is not None and (len(times) > _LONG or not self._is_calm(newest)):
            tag = ""
        if newest is not None and len(times) > _LONG:
            since = max(newest - _OVERLAP, since)
        seen = max(newest or mark.newest, mark.newest)
        if (since, tag, seen) != (mark.since, mark.tag, mark.newest):
            with self._store.transaction() as ledger:
                moved = Bookmark(since=since, etag=tag, newest=seen)
                ledger.bookmarks.keep(mark.repository, mark.listing, moved)

    def is_known(self, issue: IssueRef, facts: IssueFacts) -> bool:
        """Whether the issue was looked at as it is."""
        with self._store.read() as ledger:
            return ledger.issues_read.at(issue) == facts.updated_at

    def looked(self, issue: IssueRef, facts: IssueFacts) -> None:
        if self._is_calm(facts.updated_at):
            with self._store.transaction() as ledger:
                ledger.issues_read.keep(issue, facts.updated_at)

    def pages(self, what: str, repository: str) -> tuple[PageOfNumbers, ...]:
        kept = json.loads(self._kept(f"{what}:{repository}")[1] or "[]")
        return tuple(PageOfNumbers(tag=tag, numbers=tuple(numbers), more=more) for tag, numbers, more in kept)

    def keep_pages(self, what: str, repository: str, pages: Sequence[PageOfNumbers]) -> None:
        text = json.dumps([[page.tag, page.numbers, page.more] for page in pages])
        self._keep(f"{what}:{repository}", "", text)

    def blocker(self, issue: IssueRef) -> str | None:
        """The tag of a blocker, "" if it has none yet; None if it could not be seen when it was last asked for."""
        tag, seen = self._kept(f"blocker:{issue}")
        return None if seen == _UNSEEN else tag

    def keep_blocker(self, issue: IssueRef, tag: str | None) -> None:
        self._keep(f"blocker:{issue}", tag or "", _UNSEEN if tag is None else "")

    def _mark(self, repository: str, listing: str) -> Mark:
        with self._store.read() as ledger:
            kept = ledger.bookmarks.of(repository, listing)
        if kept is None:
            raise LookupError(f"the {listing} of {repository} were not begun")
        return Mark(repository=repository, listing=listing, since=kept.since, tag=kept.etag, newest=kept.newest)

    def _is_calm(self, changed: datetime) -> bool:
        """Whether it is over: the changes of this very moment may not all be shown yet."""
        return self._clock() - changed > _OVERLAP

    def _kept(self, url: str) -> tuple[str, str]:
        with self._store.read() as ledger:
            kept = ledger.http_cache.of(url)
        return (kept.etag, kept.value) if kept is not None else ("", "")

    def _keep(self, url: str, etag: str, value: str) -> None:
        if self._kept(url) != (etag, value):
            with self._store.transaction() as ledger:
                ledger.http_cache.keep(url, etag=etag, value=value, now=self._clock())
