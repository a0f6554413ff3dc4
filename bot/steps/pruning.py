"""Removes expired data: rows of the ledger, evidence, conversations, unused environments, what killed trials left, and
contents under Git LFS. What an open task needs stays.

In small steps, between which other writers and a stop come through.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from bot.adapters.git import history
from bot.adapters.old_files import (
    OldFile,
    old_contents,
    old_conversations,
    old_environments,
    old_evidence,
    old_trials,
)
from bot.adapters.store import Store
from bot.adapters.store.retention import KINDS
from bot.core.references import IssueRef
from bot.core.retention import Removed, Retention

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """`folder`: the data folder, with `evidence`, `conversations`, `environments`, `trials` and `mirrors` in it."""

    store: Store
    folder: Path
    retention: Retention
    clock: Callable[[], datetime]

    def look(self) -> list[Removed]:
        """What `prune` would remove. Changes nothing."""
        return [*self._old_rows(), *(_counted(what, found) for what, found in self._old_files().items())]

    def prune(self, stopping: Callable[[], bool] = lambda: False) -> list[Removed]:
        """Returns what was removed: less than there was, if `stopping` came true meanwhile."""
        rows = [self._remove_rows(each, stopping) for each in self._old_rows()]
        files = [self._remove_files(what, found, stopping) for what, found in self._old_files().items()]
        return [*rows, *files]

    def _before(self, kind: str) -> datetime:
        keep = {"deliveries": self.retention.deliveries, "events": self.retention.events}
        return self.clock() - keep.get(kind, self.retention.records)

    def _old_rows(self) -> list[Removed]:
        with self.store.read() as ledger:
            counted = {kind: ledger.old_rows.count(kind, self._before(kind)) for kind in KINDS}
        return [Removed(what=kind, count=count, bytes=size) for kind, (count, size) in counted.items()]

    def _remove_rows(self, old: Removed, stopping: Callable[[], bool]) -> Removed:
        removed = 0
        while removed < old.count and not stopping():
            with self.store.transaction() as ledger:
                some = ledger.old_rows.remove(old.what, self._before(old.what))
            if not some:
                break
            removed += some
        return Removed(what=old.what, count=removed, bytes=old.bytes * removed // max(old.count, 1))

    def _old_files(self) -> dict[str, list[OldFile]]:
        now = self.clock()
        with self.store.read() as ledger:
            still_open, active = ledger.old_rows.open_issues(), ledger.old_rows.active_issues()
            ended = ledger.old_rows.ended_issues()
            needed = ledger.kept_work.heads() | ledger.publications.heads()
        evidence = old_evidence(self.folder / "evidence", now - self.retention.evidence)
        old = now - self.retention.conversations
        conversations = self.folder / "conversations"
        old_ones = _but(old_conversations(conversations, old), active)
        said = {each.path: each for each in (*old_ones, *_of(old_conversations(conversations, now), ended))}
        layers = list(old_environments(self.folder / "environments", now - self.retention.environments))
        trials = list(old_trials(self.folder / "trials", now - self.retention.environments))
        return {
            "evidence": _but(evidence, still_open),
            "conversations": list(said.values()),
            "environments": layers,
            "trials": trials,
            "large files": list(self._old_contents(now - self.retention.work, needed)),
        }

    def _old_contents(self, before: datetime, needed: Collection[str]) -> Iterator[OldFile]:
        """None of a repository of which work waits that may name them: GitHub does not have these yet."""
        waits = cache(lambda mirror: any(history.resolve(mirror, commit) is not None for commit in needed))
        for each in old_contents(self.folder / "mirrors", before):
            if each.mirror is not None and not (each.mirror.is_dir() and waits(each.mirror)):
                yield each

    def _remove_files(self, what: str, found: Iterable[OldFile], stopping: Callable[[], bool]) -> Removed:
        gone = []
        for each in found:
            if stopping():
                break
            try:
                if each.remove():
                    gone.append(each)
            except OSError as trouble:
                _log.warning("%s could not be removed: %s", each.path, trouble)
        return _counted(what, gone)


def _but(found: Iterable[OldFile], needed: Collection[IssueRef]) -> list[OldFile]:
    return [each for each in found if each.issue not in needed]


def _of(found: Iterable[OldFile], issues: Collection[IssueRef]) -> list[OldFile]:
    return [each for each in found if each.issue in issues]


def _counted(what: str, found: Collection[OldFile]) -> Removed:
    return Removed(what=what, count=len(found), bytes=sum(each.bytes for each in found))
