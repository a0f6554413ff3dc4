"""Records in the ledger how far the periodic pass has read, so that a restart continues there and costs no requests.

A mark moves only after what was read has been worked off. GitHub may list a change a little late, so a listing is read
from a little before what was last seen on, and as long as it holds changes of this very moment its ETag is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.github import Fresh, GitHub
from bot.adapters.store import Bookmark, Store
from bot.core.facts import IssueFacts
from bot.core.references import IssueRef

_OVERLAP = timedelta(minutes=2)
# `since` is part of the address that an ETag speaks for: it stays where it is until there is much to read again.
_LONG = 30
_ISSUES = "issues"
COMMENTS = "comments"
_REVIEWS = "reviews"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A listing is read from `since` on. `newest`: the last change that was seen in it."""

    repository: str
    listing: str
    since: datetime
    newest: datetime

    def is_new(self, created_at: datetime) -> bool:
        """Whether it was created after the last read. An older one that is listed again was changed."""
        return created_at >= max(self.since, self.newest - _OVERLAP)


@dataclass(frozen=True, slots=True)
class Bookmarks:
    store: Store
    github: GitHub
    clock: Callable[[], datetime]

    def begin(self, repository: str, started: datetime) -> None:
        """The first pass ever reads from when it was started, by GitHub's clock; ours may have been put back since."""
        with self.store.read() as ledger:
            missing = [each for each in (_ISSUES, COMMENTS, _REVIEWS) if ledger.bookmarks.of(repository, each) is None]
        if missing:
            now = self.clock()
            began = min(started, now) + self.github.clock_ahead(repository, now) - _OVERLAP
            with self.store.transaction() as ledger:
                for each in missing:
                    ledger.bookmarks.keep(repository, each, Bookmark(since=began, newest=began))

    def issues(self, repository: str) -> Mark:
        return self._mark(repository, _ISSUES)

    def comments(self, repository: str) -> Mark:
        return self._mark(repository, COMMENTS)

    def reviews_since(self, repository: str) -> datetime:
        """Reviews that were submitted before are not followed: no version that read them was there."""
        return self._mark(repository, _REVIEWS).since

    def move(self, mark: Mark, listing: Fresh[Any], times: Sequence[datetime], *, whole: bool = True) -> None:
        """`times`: of the processed changes; `whole`: they are all of the listing."""
        newest = max(times, default=mark.newest)
        since = max(newest - _OVERLAP, mark.since) if len(times) > _LONG else mark.since
        seen = max(newest, mark.newest)
        if (since, seen) != (mark.since, mark.newest):
            with self.store.transaction() as ledger:
                moved = Bookmark(since=since, newest=seen)
                ledger.bookmarks.keep(mark.repository, mark.listing, moved)
        # An ETag is good for one address, of which `since` is a part.
        if whole and since == mark.since and (not times or self._is_calm(newest)):
            self.github.keep(listing)
        else:
            self.github.forget(listing)

    def is_known(self, issue: IssueRef, facts: IssueFacts) -> bool:
        """Whether the issue was read in its present state."""
        with self.store.read() as ledger:
            return ledger.issues_read.at(issue) == facts.updated_at

    def note_look(self, issue: IssueRef, facts: IssueFacts) -> None:
        if self._is_calm(facts.updated_at):
            with self.store.transaction() as ledger:
                ledger.issues_read.keep(issue, facts.updated_at)

    def is_unseen(self, blocker: IssueRef) -> bool:
        """Whether it could not be read the last time."""
        with self.store.read() as ledger:
            return ledger.blockers.is_unseen(blocker)

    def note_seen(self, blocker: IssueRef, *, seen: bool) -> None:
        if self.is_unseen(blocker) == seen:
            with self.store.transaction() as ledger:
                ledger.blockers.note_seen(blocker, seen=seen)

    def _mark(self, repository: str, listing: str) -> Mark:
        with self.store.read() as ledger:
            kept = ledger.bookmarks.of(repository, listing)
        if kept is None:
            raise LookupError(f"the {listing} of {repository} were not begun")
        return Mark(repository=repository, listing=listing, since=kept.since, newest=kept.newest)

    def _is_calm(self, changed: datetime) -> bool:
        """Whether it is over: the changes of this very moment may not all be shown yet."""
        return self.clock() - changed > _OVERLAP
