"""Removes expired data: rows of the ledger, tasks that ended, evidence, conversations, unused environments, what killed
trials left, mirrors of repositories that are not served any more, and contents under Git LFS. What an open task needs
stays.

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
from bot.adapters.github import GitHubFailed
from bot.adapters.old_files import (
    OldFile,
    old_contents,
    old_conversations,
    old_environments,
    old_evidence,
    old_mirrors,
    old_trials,
)
from bot.adapters.store import Store
from bot.adapters.store.retention import KINDS
from bot.core.references import IssueRef
from bot.core.retention import Removed, Retention

_TASKS = "tasks"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """`folder`: the data folder, with `evidence`, `conversations`, `environments`, `trials` and `mirrors` in it.
    `served`: the repositories that the bot works for; raises GitHubFailed."""

    store: Store
    folder: Path
    retention: Retention
    clock: Callable[[], datetime]
    served: Callable[[], Collection[str]]

    def look(self) -> list[Removed]:
        """What `prune` would remove. Changes nothing."""
        return [
            *self._old_rows(),
            self._old_tasks(),
            *(_count(what, found) for what, found in self._old_files().items()),
        ]

    def prune(self, stopping: Callable[[], bool] = lambda: False) -> list[Removed]:
        """Returns what was removed: less than there was, if `stopping` came true meanwhile."""
        rows = [self._remove_rows(each, stopping) for each in self._old_rows()]
        tasks = self._remove_tasks(stopping)  # after their rows, each of which is counted as one of its kind
        files = [self._remove_files(what, found, stopping) for what, found in self._old_files().items()]
        return [*rows, tasks, *files]

    def _before(self, kind: str) -> datetime:
        keep = {"deliveries": self.retention.deliveries, "events": self.retention.events}
        return self.clock() - keep.get(kind, self.retention.records)

    def _old_tasks(self) -> Removed:
        """With their attempts and all else that is theirs alone, whose bytes are not counted."""
        with self.store.read() as ledger:
            return Removed(what=_TASKS, count=ledger.old_tasks.count(self.clock() - self.retention.tasks), bytes=0)

    def _remove_tasks(self, stopping: Callable[[], bool]) -> Removed:
        now, removed, some = self.clock(), 0, 1
        while some and not stopping():
            with self.store.transaction() as ledger:
                some = ledger.old_tasks.remove(now - self.retention.tasks, now)
            removed += some
        return Removed(what=_TASKS, count=removed, bytes=0)

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
            "mirrors": self._old_mirrors(now - self.retention.work, still_open, needed),
            "large files": list(self._old_contents(now - self.retention.work, needed)),
        }

    def _old_mirrors(
        self, before: datetime, still_open: Collection[IssueRef], needed: Collection[str]
    ) -> list[OldFile]:
        """Of repositories that are not served any more. None where that is not known: GitHub did not say, or named
        none at all, as while an App is suspended."""
        try:
            served = set(self.served())
        except GitHubFailed as trouble:
            _log.warning("mirrors are not pruned: %s", trouble)
            return []
        if not served:
            return []
        served |= {issue.repository for issue in still_open}
        found = old_mirrors(self.folder / "mirrors", before, served)
        return [each for each in found if not _holds_any(each.path, needed)]

    def _old_contents(self, before: datetime, needed: Collection[str]) -> Iterator[OldFile]:
        """None of a repository of which work waits that may name them: GitHub does not have these yet."""
        waits = cache(lambda mirror: _holds_any(mirror, needed))
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
        return _count(what, gone)


def _holds_any(mirror: Path, commits: Iterable[str]) -> bool:
    return any(history.resolve(mirror, commit) is not None for commit in commits)


def _but(found: Iterable[OldFile], needed: Collection[IssueRef]) -> list[OldFile]:
    return [each for each in found if each.issue not in needed]


def _of(found: Iterable[OldFile], issues: Collection[IssueRef]) -> list[OldFile]:
    return [each for each in found if each.issue in issues]


def _count(what: str, found: Collection[OldFile]) -> Removed:
    return Removed(what=what, count=len(found), bytes=sum(each.bytes for each in found))
