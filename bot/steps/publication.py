"""What is about to be published, on record before it is: whoever comes after a crash goes on from there.

The session was paid for, proven and judged; running it again would cost as much and might come to something else. It
holds for the approval that it was made for, and for no later one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from bot.adapters.store import Ledger
from bot.core.references import IssueRef
from bot.core.tasks import Attempt, State, Task

_PREFIX = "publication:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A judged commit and the pull request that shows it. `replaces`: where the branch is, None if it is not there."""

    head: str
    replaces: str | None
    base: str
    title: str
    body: str
    summary: str


def publication_key(issue: IssueRef) -> str:
    return f"{_PREFIX}{issue}"


def note_publication(ledger: Ledger, task: Task, publication: Publication) -> None:
    record = asdict(publication) | {"approved": _approval(task)}
    ledger.memory.remember(publication_key(task.issue), json.dumps(record))


def unfinished_publication(ledger: Ledger, task: Task) -> Publication | None:
    """What an earlier attempt for this very approval had on record, and did not come to its end with."""
    noted = ledger.memory.recall(publication_key(task.issue))
    record = json.loads(noted) if noted else {}
    if record.pop("approved", None) != _approval(task):
        return None
    return Publication(**record)


def noted_heads(ledger: Ledger) -> set[str]:
    """The commits that are on record to be published, of all repositories."""
    return {json.loads(note)["head"] for note in ledger.memory.recall_prefix(_PREFIX).values() if note}


def cut_off_publications(ledger: Ledger, repository: str) -> list[Task]:
    """Tasks that were cancelled amid their publication: nobody knows whether their pull request was opened."""
    prefix = publication_key(IssueRef(repository, 0)).removesuffix("0")
    notes = ledger.memory.recall_prefix(prefix).items()
    noted = [IssueRef(repository, int(key.removeprefix(prefix))) for key, note in notes if note]
    tasks = [task for issue in noted if (task := ledger.tasks.find(issue)) is not None]
    return [task for task in tasks if _is_cut_off(task, ledger.attempts.of(task.id))]


def _is_cut_off(task: Task, attempts: Iterable[Attempt]) -> bool:
    over = all(attempt.finished_at is not None for attempt in attempts)  # else the answer may be on its way
    return over and task.state in {State.CANCELLED, State.CLOSED}  # closed: by the end of an earlier pull request


def _approval(task: Task) -> str:
    """A `/retry` is another approval, and asks for another run."""
    at = task.snapshot.approved_at
    return f"{task.id} {at.isoformat() if at else ''}"
