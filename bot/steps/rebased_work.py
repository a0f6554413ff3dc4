"""The work of an attempt that puts a branch on top of its base: git's alone, or what a session made of conflicts."""

from __future__ import annotations

from dataclasses import replace

from bot.adapters.evidence import EvidenceStore
from bot.adapters.git import Author, Collected
from bot.adapters.store import Ledger
from bot.core.failures import FailureKind, TaskFailed
from bot.core.tasks import State
from bot.steps.opening import Preparation
from bot.steps.repair_reading import Repair
from bot.steps.run import Maker, Run

_LARGEST = 4_000_000  # bytes of a file that is searched for marks


def take_rebased(run: Run, prepared: Preparation) -> Collected | None:
    """What git made without a conflict: no session has to run. The summary is that of the change before."""
    repair = prepared.review
    if not isinstance(repair, Repair) or repair.rebase is None or repair.needs_session:
        return None
    head = repair.rebase.commit
    run.is_rebased = True
    run.attempt = replace(run.attempt, summary=prepared.earlier[-1] if prepared.earlier else "")
    return Collected(head=head, made=head, commits=1, leftovers=False)


def find_maker(ledger: Ledger, evidence: EvidenceStore, run: Run) -> Maker | None:
    """None for work of the attempt's own sessions. Where a crash came before its end was on record, it is the last
    attempt that had a session."""
    had_sessions = [each for each in ledger.attempts.of(run.task.id) if each.turns] if run.is_rebased else []
    published = [each for each in had_sessions if each.outcome is State.IN_REVIEW]
    found = (published or had_sessions)[-1:]
    return Maker(attempt=found[0], heads=evidence.heads(run.task.issue, found[0].number)) if found else None


def add_to_branch(prepared: Preparation, work: Collected, author: Author) -> Collected:
    """What a session made of conflicts, as a merge into a branch of which no commit may be rewritten."""
    repair, head = prepared.review, prepared.held.head
    if not isinstance(repair, Repair) or not (repair.is_added and repair.conflicts) or head is None:
        return work
    made = prepared.quarantine.add_resolved(work.head, head=head, onto=prepared.held.newest, author=author)
    return replace(work, head=made)


def demand_resolved(prepared: Preparation, work: Collected) -> None:
    """Raises TaskFailed(BRANCH_CONFLICT) for a file in which a mark of git's is left."""
    repair = prepared.review
    if not isinstance(repair, Repair) or repair.rebase is None or not repair.conflicts:
        return
    files, signs = prepared.quarantine.files(work.head), repair.rebase.marks
    left = [
        path for path in repair.conflicts if path in files.paths and _holds(files.read(path, limit=_LARGEST), signs)
    ]
    if left:
        raise TaskFailed(FailureKind.BRANCH_CONFLICT, "\n".join(left))


def _holds(content: bytes | None, signs: tuple[bytes, ...]) -> bool:
    return content is not None and any(sign in content for sign in signs)
