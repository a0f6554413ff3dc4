"""How far the periodic pass has read, in the ledger: a restart goes on from there, and costs nothing either.

A mark moves only after what was read has been worked off. GitHub may list a change a little late, so a listing is read
from a little before what was last seen on, and as long as it holds changes of this very moment its ETag is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.adapters.github import Fresh, GitHub
from bot.adapters.store import Store
from bot.core.facts import IssueFacts
from bot.core.references import IssueRef

_OVERLAP = timedelta(minutes=2)
# `since` is part of the address that an ETag speaks for: it stays where it is until there is much to read again.
_LONG = 30
_UNSEEN = "unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A listing is read from `since` on. `newest`: the last change that was seen in it."""

    key: str
    since: datetime
    newest: datetime

    def is_new(self, created_at: datetime) -> bool:
        """Whether it was not there yet when this was last read. What was, and is listed again, was changed since."""
        return created_at >= max(self.since, self.newest - _OVERLAP)


@dataclass(frozen=True, slots=True)
class Bookmarks:
    store: Store
    github: GitHub
    clock: Callable[[], datetime]

    def begin(self, repository: str, started: datetime) -> None:
        """The first pass ever reads from when it was started, by GitHub's clock; ours may have been put back since."""
        keys = [_issues(repository), _comments(repository)]
        with self.store.read() as ledger:
            missing = [key for key in keys if ledger.memory.recall(key) is None]
        if missing:
            now = self.clock()
            began = min(started, now) + self.github.clock_ahead(repository, now) - _OVERLAP
            with self.store.transaction() as ledger:
                for key in missing:
                    ledger.memory.remember(key, began.isoformat())

    def issues(self, repository: str) -> Mark:
        return self._mark(_issues(repository))

    def comments(self, repository: str) -> Mark:
        return self._mark(_comments(repository))

    def move(self, mark: Mark, listing: Fresh[Any], times: Sequence[datetime], *, whole: bool = True) -> None:
        """`times`: of the changes that were worked off; `whole`: those are all that the listing holds."""
        newest = max(times, default=mark.newest)
        since = max(newest - _OVERLAP, mark.since) if len(times) > _LONG else mark.since
        seen = max(newest, mark.newest)
        if (since, seen) != (mark.since, mark.newest):
            with self.store.transaction() as ledger:
                ledger.memory.remember(mark.key, since.isoformat())
                ledger.memory.remember(_newest(mark.key), seen.isoformat())
        if whole and len(times) <= _LONG and (not times or self._is_calm(newest)):
            self.github.keep(listing)
        else:
            self.github.forget(listing)

    def is_known(self, issue: IssueRef, facts: IssueFacts) -> bool:
        """Whether the issue was looked at as it is."""
        with self.store.read() as ledger:
            return ledger.memory.recall(_looked(issue)) == facts.updated_at.isoformat()

    def looked(self, issue: IssueRef, facts: IssueFacts) -> None:
        if self._is_calm(facts.updated_at):
            with self.store.transaction() as ledger:
                ledger.memory.remember(_looked(issue), facts.updated_at.isoformat())

    def is_unseen(self, blocker: IssueRef) -> bool:
        """Whether it could not be seen when it was last asked for."""
        with self.store.read() as ledger:
            return ledger.memory.recall(f"blocker:{blocker}") == _UNSEEN

    def note_seen(self, blocker: IssueRef, *, seen: bool) -> None:
        if self.is_unseen(blocker) == seen:
            with self.store.transaction() as ledger:
                ledger.memory.remember(f"blocker:{blocker}", "" if seen else _UNSEEN)

    def _mark(self, key: str) -> Mark:
        with self.store.read() as ledger:
            kept, newest = ledger.memory.recall(key), ledger.memory.recall(_newest(key))
        since = datetime.fromisoformat(kept or "")
        return Mark(key=key, since=since, newest=datetime.fromisoformat(newest) if newest else since)

    def _is_calm(self, changed: datetime) -> bool:
        """Whether it is over: the changes of this very moment may not all be shown yet."""
        return self.clock() - changed > _OVERLAP


def _issues(repository: str) -> str:
    return f"issues:{repository}"


def _comments(repository: str) -> str:
    return f"comments:{repository}"


def _newest(key: str) -> str:
    return f"newest of {key}"


def _looked(issue: IssueRef) -> str:
    return f"looked:{issue}"
