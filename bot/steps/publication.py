"""Records a publication before it begins, so that the next attempt after a crash continues from there.

The session was paid for, proven and judged; a second one would cost as much and might give another result. A record
holds for one approval, and for no later one.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.adapters.store import Ledger, Publication
from bot.core.tasks import Attempt, State, Task

__all__ = ["Publication", "cut_off_publications", "note_publication", "unfinished_publication"]


def note_publication(ledger: Ledger, task: Task, publication: Publication) -> None:
    ledger.publications.keep(task.id, publication, approved=_approval(task))


def unfinished_publication(ledger: Ledger, task: Task) -> Publication | None:
    """The publication that an earlier attempt for this approval recorded and did not finish."""
    return ledger.publications.of(task.id, approved=_approval(task))


def cut_off_publications(ledger: Ledger, repository: str) -> list[Task]:
    """Tasks that were cancelled during their publication, so that a pull request may or may not have been opened."""
    begun = ledger.publications.tasks_of(repository)
    tasks = [task for identity in begun if (task := ledger.tasks.by_id(identity)) is not None]
    return [task for task in tasks if _is_cut_off(task, ledger.attempts.of(task.id))]


def _is_cut_off(task: Task, attempts: Iterable[Attempt]) -> bool:
    over = all(attempt.finished_at is not None for attempt in attempts)  # else GitHub may still answer
    return over and task.state in {State.CANCELLED, State.CLOSED}  # closed: by the end of an earlier pull request


def _approval(task: Task) -> str:
    """A `/retry` is another approval, and asks for another run."""
    at = task.snapshot.approved_at
    return f"{task.id} {at.isoformat() if at else ''}"
