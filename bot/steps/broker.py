"""The broker: what a session made is judged on the fetched commits, by the host, before anything is published.

The order matters: nothing is looked through that is too large to be, and no patch is shown before it is known to hold
no secret.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.fingerprints import Fingerprints
from bot.adapters.git import Collected, CommitFiles
from bot.adapters.known_secrets import NONE_KNOWN, KnownSecrets
from bot.adapters.masking import mask, mask_start
from bot.adapters.store import Store
from bot.core.broker import Sorted, excesses, list_paths, sort_protected
from bot.core.changes import FileChange, Note
from bot.core.checks import Verdict
from bot.core.failures import FailureKind, TaskFailed
from bot.core.flags import flags
from bot.core.public_verdict import PublicVerdict, make_public
from bot.core.repository_settings import FILE
from bot.core.results_by_test import list_results
from bot.core.steering import find_called
from bot.core.tasks import Task
from bot.core.weakened import find_weakened
from bot.core.work_context import working_on
from bot.steps.cell_commands import ShouldStop
from bot.steps.checks import Checks
from bot.steps.host_tools import notes_of
from bot.steps.opening import Preparation
from bot.steps.secret_search import SecretSearch

_PATCH = 1_000_000  # characters that are kept; a comment shows fewer
_PACKAGE, _MANIFEST = "package.json", 1_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Raises TaskFailed for what must not be published, and says what the reviewer should know of the rest. `known`:
    secrets that are refused and masked by their value. `fingerprints`: by which others can be allowed."""

    store: Store
    checks: Checks
    known: KnownSecrets = NONE_KNOWN
    fingerprints: Fingerprints | None = None

    @working_on("checks")
    def judge(
        self, task: Task, prepared: Preparation, collected: Collected, folder: Path, *, should_stop: ShouldStop
    ) -> PublicVerdict:
        """`folder`: for the checks' own workspaces."""
        head = collected.head
        try:
            made, committed = self.admit(task, prepared, collected, should_stop=should_stop)
        except TaskFailed as failed:
            if failed.kind is FailureKind.DIFF_TOO_LARGE:
                self.keep_patch(task, prepared, head)
            raise
        whole = _whole(prepared, head, made)
        lists = {"protected": prepared.settings.protected, "flagged": prepared.settings.flagged}
        found = sort_protected(committed, **lists, links=prepared.files.links)
        self._refuse_protected(task, prepared, found, head)
        checked = self.checks.run(task.issue, prepared, head, folder, changes=whole, should_stop=should_stop)
        commands = [check.command for check in checked.checks]
        flagged = flags(
            whole,
            downgraded=(*found.flagged, *sort_protected(whole, **lists, links=prepared.files.links).flagged),
            commands=find_called(commands, _package(prepared.files)),
            known=frozenset(prepared.files.paths),
        )
        left_out = [Note(each.path, each.what) for each in collected.left_out]
        left_out += _of_submodules(prepared, {note.path for note in left_out})
        verdict = Verdict(
            checks=checked.checks,
            flags=(*flagged, *find_weakened(whole)),
            notes=(*left_out, *notes_of(prepared.tools), *_not_set_up(prepared)),
            refused_hosts=tuple(dict.fromkeys((*prepared.environment.refused_hosts, *checked.refused_hosts))),
            failed_set_up=prepared.environment.failure if checked.checks else None,
            only_tests=checked.only_tests,
            few_tests=checked.few_tests,
            packages=prepared.environment.packages,
        )
        public = make_public(verdict, lambda text: mask(text, self.known))
        self._keep_results(task, public)
        return public

    def _keep_results(self, task: Task, verdict: PublicVerdict) -> None:
        """Test by test, for the dashboard, of the last time that the attempt was judged."""
        with self.store.transaction() as ledger:
            ledger.check_results.keep(task.id, task.attempts, list_results(verdict), self.checks.clock())

    def admit(
        self, task: Task, prepared: Preparation, collected: Collected, *, should_stop: ShouldStop
    ) -> tuple[list[FileChange], list[FileChange]]:
        """What of a change has to hold before it may lie in the mirror: its size, and no secrets. Returns what the
        session changed, as a whole and by commit: what the branch held before was judged then, or is a person's."""
        held, start, head = prepared.quarantine, prepared.held.start, collected.head
        whole, committed = held.changes(start, head), held.changes_by_commit(start, head)
        _refuse_excess(prepared, whole, committed)
        searched = [*committed, *held.contents()]
        SecretSearch(task=task, fingerprints=self.fingerprints).refuse(
            whole, searched, self.known.places(searched), should_stop
        )
        return whole, committed

    def _refuse_protected(self, task: Task, prepared: Preparation, found: Sorted, head: str) -> None:
        """In every commit: GitHub, too, refuses a workflow that a later commit takes back."""
        if not found.refused:
            return
        self.keep_patch(task, prepared, head)
        raise TaskFailed(FailureKind.PROTECTED_PATH, list_paths(found.refused))

    def keep_patch(self, task: Task, prepared: Preparation, head: str) -> None:
        """For `nightshift patch`, and for the status of a change that only people may make. Secrets are masked."""
        try:
            patch = prepared.quarantine.patch(prepared.held.start, head).decode(errors="replace")
        except TaskFailed:  # git reached its limits: why the change was refused is known all the same
            return
        with self.store.transaction() as ledger:
            ledger.refused_patches.keep(task.id, task.attempts, mask_start(patch, _PATCH))


def _whole(prepared: Preparation, head: str, made: list[FileChange]) -> list[FileChange]:
    """All that the pull request changes, as its reviewer sees it; where that is too much to look through, what the
    session changed."""
    if not prepared.held.continues:
        return made
    try:
        return prepared.quarantine.changes(prepared.base.commit, head)
    except TaskFailed as failed:
        if failed.kind is not FailureKind.DIFF_TOO_LARGE:
            raise
        return made


def _of_submodules(prepared: Preparation, named: Collection[str]) -> list[Note]:
    """What the session changed in submodules, and what it could not see."""
    edits = prepared.submodules.edits(prepared.workspace.path)
    return [note for note in (*edits, *prepared.notes) if note.path not in named]


def _not_set_up(prepared: Preparation) -> Iterator[Note]:
    set_up = prepared.environment.set_up
    for folder in set_up.left_out if set_up else ():
        yield Note(folder, f"was not set up, as there are too many projects: name it under `setup:` in {FILE}")


def _package(files: CommitFiles) -> bytes | None:
    return files.read(_PACKAGE, limit=_MANIFEST) if _PACKAGE in files.paths else None


def _refuse_excess(prepared: Preparation, whole: list[FileChange], committed: list[FileChange]) -> None:
    found = excesses(prepared.settings.limits, whole=whole, committed=committed)
    if found := found or _of_one_commit(prepared, committed):
        raise TaskFailed(FailureKind.DIFF_TOO_LARGE, "\n".join(found))


def _of_one_commit(prepared: Preparation, committed: list[FileChange]) -> list[str]:
    """What a later commit takes back was in the history all the same. (Files were counted before anything was read.)"""
    limit, lines = prepared.settings.limits.lines, Counter[str]()
    for change in committed:
        lines[change.commit] += len(change.added) + len(change.removed)
    return [
        f"{count:,} lines added and removed by commit {commit[:10]}; the limit is {limit:,}"
        for commit, count in lines.items()
        if count > limit
    ]
