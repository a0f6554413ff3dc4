"""Records a publication before it begins, so that the next attempt after a crash continues from there.

The session was paid for, proven and judged; a second one would cost as much and might give another result. A record
holds for one approval. A later one continues from it only where GitHub refused the result, and the same is asked for
again: what refused it, a rule or a permission, was outside of the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.adapters.store import Ledger, Publication
from bot.core.failure_policy import policy
from bot.core.tasks import Attempt, Overrides, State, Task

__all__ = ["Publication", "Unfinished", "cut_off_publications", "note_publication", "unfinished_publication"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """A publication that an earlier attempt recorded and did not finish. `asked_again`: GitHub refused it, and a person
    asked for the same once more."""

    publication: Publication
    asked_again: bool = False


def note_publication(ledger: Ledger, task: Task, publication: Publication) -> None:
    ledger.publications.keep(task.id, publication, approved=_approval(task))


def unfinished_publication(ledger: Ledger, task: Task) -> Unfinished | None:
    """The publication that an earlier attempt recorded for this approval, or for one of the same text."""
    found = ledger.publications.of(task.id)
    if found is None:
        return None
    publication, approved = found
    if approved.split(" ")[:2] == _approval(task).split(" ")[:2]:  # an earlier version wrote no third part
        return Unfinished(publication=publication)
    if _was_refused(ledger.attempts.of(task.id)) and _asks_for_the_same(task, approved):
        return Unfinished(publication=publication, asked_again=True)
    return None


def _was_refused(attempts: Iterable[Attempt]) -> bool:
    ended = [attempt for attempt in attempts if attempt.finished_at is not None]
    failure = ended[-1].failure if ended else None
    return failure is not None and policy(failure).refused_by_github


def _asks_for_the_same(task: Task, approved: str) -> bool:
    """`/retry` alone: with `fresh`, a model or limits it asks for another session."""
    return approved.endswith(f" {_text(task)}") and replace(task.overrides, allow=()) == Overrides()


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
    return f"{task.id} {at.isoformat() if at else ''} {_text(task)}"


def _text(task: Task) -> str:
    snapshot = task.snapshot
    text = repr((snapshot.title, snapshot.body, snapshot.comments, snapshot.answers))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
