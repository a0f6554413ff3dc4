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
from bot.adapters.store import Store
from bot.core.facts import IssueFacts
from bot.core.references import IssueRef

_OVERLAP = timedelta(minutes=2)
# `since` is part of the address that a tag speaks for: it stays where it is until there is much to read again.
_LONG = 30
_UNSEEN = "unseen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is listed from `since` on was last what `tag` names; no tag: it has to be read. `newest`: the last change
    that was seen in it."""

    key: str
    since: datetime
    tag: str
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

    def move(self, mark: Mark, tag: str, times: Sequence[datetime]) -> None:
        newest = max(times, default=None)
        since = mark.since
        if newest is not None and (len(times) > _LONG or not self._is_calm(newest)):
            tag = ""
        if newest is not None and len(times) > _LONG:
            since = max(newest - _OVERLAP, since)
        seen = max(newest or mark.newest, mark.newest)
        if (since, tag, seen) != (mark.since, mark.tag, mark.newest):
            with self.store.transaction() as ledger:
                ledger.memory.remember(mark.key, since.isoformat())
                ledger.memory.remember(_tag(mark.key), tag)
                ledger.memory.remember(_newest(mark.key), seen.isoformat())

    def is_known(self, issue: IssueRef, facts: IssueFacts) -> bool:
        """Whether the issue was looked at as it is."""
        with self.store.read() as ledger:
            return ledger.memory.recall(_looked(issue)) == facts.updated_at.isoformat()

    def looked(self, issue: IssueRef, facts: IssueFacts) -> None:
        if self._is_calm(facts.updated_at):
            with self.store.transaction() as ledger:
                ledger.memory.remember(_looked(issue), facts.updated_at.isoformat())

    def pages(self, what: str, repository: str) -> tuple[PageOfNumbers, ...]:
        with self.store.read() as ledger:
            kept = json.loads(ledger.memory.recall(f"{what}:{repository}") or "[]")
        return tuple(PageOfNumbers(tag=tag, numbers=tuple(numbers), more=more) for tag, numbers, more in kept)

    def keep_pages(self, what: str, repository: str, pages: Sequence[PageOfNumbers]) -> None:
        text = json.dumps([[page.tag, page.numbers, page.more] for page in pages])
        self._keep(f"{what}:{repository}", text)

    def blocker(self, issue: IssueRef) -> str | None:
        """The tag of a blocker, "" if it has none yet; None if it could not be seen when it was last asked for."""
        with self.store.read() as ledger:
            tag = ledger.memory.recall(f"blocker:{issue}")
        return None if tag == _UNSEEN else tag or ""

    def keep_blocker(self, issue: IssueRef, tag: str | None) -> None:
        self._keep(f"blocker:{issue}", _UNSEEN if tag is None else tag)

    def _mark(self, key: str) -> Mark:
        with self.store.read() as ledger:
            kept, tag, newest = (
                ledger.memory.recall(key),
                ledger.memory.recall(_tag(key)),
                ledger.memory.recall(_newest(key)),
            )
        since = datetime.fromisoformat(kept or "")
        return Mark(key=key, since=since, tag=tag or "", newest=datetime.fromisoformat(newest) if newest else since)

    def _is_calm(self, changed: datetime) -> bool:
        """Whether it is over: the changes of this very moment may not all be shown yet."""
        return self.clock() - changed > _OVERLAP

    def _keep(self, key: str, text: str) -> None:
        with self.store.read() as ledger:
            known = ledger.memory.recall(key)
        if known != text:
            with self.store.transaction() as ledger:
                ledger.memory.remember(key, text)


def _issues(repository: str) -> str:
    return f"issues:{repository}"


def _comments(repository: str) -> str:
    return f"comments:{repository}"


def _tag(key: str) -> str:
    return f"tag of {key}"


def _newest(key: str) -> str:
    return f"newest of {key}"


def _looked(issue: IssueRef) -> str:
    return f"looked:{issue}"
