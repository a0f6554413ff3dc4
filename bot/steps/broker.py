"""The broker: what a session made is judged on the fetched commits, by the host, before anything is published.

The order matters: nothing is looked through that is too large to be, and no patch is shown before it is known to hold
no secret.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.adapters.git import Collected, CommitFiles
from bot.adapters.masking import mask
from bot.core.broker import sort_protected
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
from bot.steps.admission import Admission
from bot.steps.cell_commands import ShouldStop
from bot.steps.checks import Checks
from bot.steps.host_tools import notes_of
from bot.steps.opening import Preparation

_PATCH = 1_000_000  # characters that are kept; a comment shows fewer
_PACKAGE, _MANIFEST = "package.json", 1_000_000  # bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker(Admission):
    """Raises TaskFailed for what must not be published, and says what the reviewer should know of the rest."""

    checks: Checks

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
        self.refuse_found(task, prepared, found, head)
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
