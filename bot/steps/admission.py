"""What of a change has to hold before it may lie in the mirror and be published, judged on commits alone.

The order matters: nothing is looked through that is too large to be, and no patch is shown before it is known to hold
no secret.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from bot.adapters.fingerprints import Fingerprints
from bot.adapters.git import Collected, CommitFiles, Quarantine
from bot.adapters.known_secrets import NONE_KNOWN, KnownSecrets
from bot.adapters.masking import mask_start
from bot.adapters.store import Store
from bot.core.broker import Sorted, excesses, list_paths, sort_protected
from bot.core.changes import FileChange
from bot.core.failures import FailureKind, TaskFailed
from bot.core.repository_settings import RepositorySettings
from bot.core.tasks import Task
from bot.steps.cell_commands import ShouldStop
from bot.steps.own_branch import OwnBranch
from bot.steps.secret_search import SecretSearch

_PATCH = 1_000_000  # characters that are kept; a comment shows fewer


class Judged(Protocol):
    """`quarantine`: holds the change; `held`: what it starts from; `files`: of the commit whose rules hold."""

    @property
    def quarantine(self) -> Quarantine: ...
    @property
    def held(self) -> OwnBranch: ...
    @property
    def settings(self) -> RepositorySettings: ...
    @property
    def files(self) -> CommitFiles: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """`known`: secrets that are refused and masked by their value. `fingerprints`: by which others can be allowed."""

    store: Store
    known: KnownSecrets = NONE_KNOWN
    fingerprints: Fingerprints | None = None

    def admit(
        self, task: Task, work: Judged, collected: Collected, *, should_stop: ShouldStop
    ) -> tuple[list[FileChange], list[FileChange]]:
        """What of a change has to hold before it may lie in the mirror: its size, and no secrets. Returns what the
        session changed, as a whole and by commit: what the branch held before was judged then, or is a person's."""
        held, start, head = work.quarantine, work.held.start, collected.head
        whole, committed = held.changes(start, head), held.changes_by_commit(start, head)
        _refuse_excess(work, whole, committed)
        searched = [*committed, *held.contents()]
        SecretSearch(task=task, fingerprints=self.fingerprints).refuse(
            whole, searched, self.known.places(searched), should_stop
        )
        return whole, committed

    def refuse_protected(self, task: Task, work: Judged, committed: list[FileChange], head: str) -> None:
        """By the settings and the links of the repository."""
        lists = {"protected": work.settings.protected, "flagged": work.settings.flagged}
        self.refuse_found(task, work, sort_protected(committed, **lists, links=work.files.links), head)

    def refuse_found(self, task: Task, work: Judged, found: Sorted, head: str) -> None:
        """In every commit: GitHub, too, refuses a workflow that a later commit takes back."""
        if not found.refused:
            return
        self.keep_patch(task, work, head)
        raise TaskFailed(FailureKind.PROTECTED_PATH, list_paths(found.refused))

    def keep_patch(self, task: Task, work: Judged, head: str) -> None:
        """For `nightshift patch`, and for the status of a change that only people may make. Secrets are masked."""
        try:
            patch = work.quarantine.patch(work.held.start, head).decode(errors="replace")
        except TaskFailed:  # git reached its limits: why the change was refused is known all the same
            return
        with self.store.transaction() as ledger:
            ledger.refused_patches.keep(task.id, task.attempts, mask_start(patch, _PATCH))


def _refuse_excess(work: Judged, whole: list[FileChange], committed: list[FileChange]) -> None:
    found = excesses(work.settings.limits, whole=whole, committed=committed)
    if found := found or _of_one_commit(work, committed):
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, "\n".join(found))


def _of_one_commit(work: Judged, committed: list[FileChange]) -> list[str]:
    """What a later commit takes back was in the history all the same. (Files were counted before anything was read.)"""
    limit, lines = work.settings.limits.lines, Counter[str]()
    for change in committed:
        lines[change.commit] += len(change.added) + len(change.removed)
    return [
        f"{count:,} lines added and removed by commit {commit[:10]}; the limit is {limit:,}"
        for commit, count in lines.items()
        if count > limit
    ]
