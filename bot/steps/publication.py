"""What is about to be published, on record before it is: whoever comes after a crash goes on from there.

The session was paid for, proven and judged; running it again would cost as much and might come to something else. It
holds for the approval that it was made for, and for no later one.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.adapters.store import Ledger, Publication
from bot.core.tasks import Attempt, State, Task

__all__ = ["Publication", "cut_off_publications", "note_publication", "noted_heads", "unfinished_publication"]


def note_publication(ledger: Ledger, task: Task, publication: Publication) -> None:
    ledger.publications.keep(task.id, publication, approved=_approval(task))


def unfinished_publication(ledger: Ledger, task: Task) -> Publication | None:
    """What an earlier attempt for this very approval had on record, and did not come to its end with."""
    return ledger.publications.of(task.id, approved=_approval(task))


def noted_heads(ledger: Ledger) -> set[str]:
    """The commits that are on record to be published, of all repositories."""
    return ledger.publications.heads()


def cut_off_publications(ledger: Ledger, repository: str) -> list[Task]:
    """Tasks that were cancelled amid their publication: nobody knows whether their pull request was opened."""
    begun = ledger.publications.tasks_of(repository)
    tasks = [task for identity in begun if (task := ledger.tasks.by_id(identity)) is not None]
    return [task for task in tasks if _is_cut_off(task, ledger.attempts.of(task.id))]


def _is_cut_off(task: Task, attempts: Iterable[Attempt]) -> bool:
    over = all(attempt.finished_at is not None for attempt in attempts)  # else the answer may be on its way
    return over and task.state in {State.CANCELLED, State.CLOSED}  # closed: by the end of an earlier pull request


def _approval(task: Task) -> str:
    """A `/retry` is another approval, and asks for another run."""
    at = task.snapshot.approved_at
    return f"{task.id} {at.isoformat() if at else ''}"
