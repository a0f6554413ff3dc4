"""The hidden record of a status comment: enough to rebuild its task without the ledger (`bot.core.rebuild`)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.core.messages.quoting import shorten
from bot.core.revision import Repairs, Revision
from bot.core.short_verdict import recorded_verdict
from bot.core.stacking import StackedOn
from bot.core.tasks import Attempt, Snapshot, Task

ROWS = 30
"""The last attempts, which the comment shows too."""
MOST_QUESTIONS, MOST_ANSWERS = 20, 100
_QUESTION = 300  # characters: the comment shows them whole
_RECORDED_BLOCKERS = 200  # a rebuild reads the others from the issue


def status_record(task: Task, attempts: Sequence[Attempt] = ()) -> dict[str, Any]:
    """The content of the hidden block: enough to rebuild the task without the ledger (`bot.core.rebuild`)."""
    return {
        "version": 4,
        "issue": str(task.issue),
        "state": task.state.value,
        "failure": task.failure.value if task.failure else None,
        "priority": task.priority.value,
        "attempts": task.attempts,
        "pushed": task.pushed,
        "pull_request": task.pull_request,
        "verdict": recorded_verdict(task.verdict) if task.verdict else None,
        "overrides": asdict(task.overrides) | {"allow": list(task.overrides.allow)},
        "approved_by": task.snapshot.approved_by,
        "approved_at": task.snapshot.approved_at.isoformat() if task.snapshot.approved_at else None,
        "snapshot": _digest_snapshot(task),
        "answers": [each.comment for each in task.snapshot.answers[:MOST_ANSWERS]],
        "questions": _recorded_questions(attempts),
        "blockers": [[str(blocker.issue), blocker.met] for blocker in task.blockers[:_RECORDED_BLOCKERS]],
        "automatic_retries": task.automatic_retries,
        "not_before": task.not_before.isoformat() if task.not_before else None,
        "created_at": task.created_at.isoformat(),
        "updated_at": task.updated_at.isoformat(),
        **({"claimed": task.claimed} if task.claimed else {}),
        **({"lint": task.lint.value} if task.lint else {}),
        **_recorded_merge(task),
        "rows": [_recorded(attempt, attempt.finished_at) for attempt in attempts[-ROWS:] if attempt.finished_at],
    }


def _recorded_merge(task: Task) -> dict[str, Any]:
    merged = task.merged_into
    return {} if merged is None else {"merged_into": [merged.issue.number, merged.reached.value]}


def pull_request_record(revision: Revision | None, repairs: Repairs, below: StackedOn | None) -> dict[str, Any]:
    """What is known of the task's pull request besides: the revision that waits or runs, and what it stands on."""
    record: dict[str, Any] = {}
    if revision is not None:
        record |= {"repaired": True} if revision.is_repair else {"revised": True}
    if below is not None:
        parts = [[[issue.number, commit] for issue, commit in below.parts]] if below.parts else []
        record["below"] = [below.issue.number, below.commit, *parts]
    begun = [repairs.checks, repairs.sessions]
    return record | ({"repairs": begun} if any(begun) else {})


def _recorded_questions(attempts: Sequence[Attempt]) -> list[str]:
    """Those that were asked last."""
    asked = next((each.questions for each in reversed(attempts) if each.questions), ())
    return [shorten(" ".join(each.split()), _QUESTION) for each in asked[:MOST_QUESTIONS]]


def _recorded(attempt: Attempt, finished_at: datetime) -> list[object]:
    """One attempt as a list, which is shorter than an object."""
    guards = attempt.guards
    return [
        attempt.number,
        attempt.outcome.value if attempt.outcome else None,
        attempt.failure.value if attempt.failure else None,
        attempt.turns,
        attempt.turn_limit,
        round(attempt.cost_usd, 6),
        round(attempt.seconds, 3),
        round(attempt.claude_seconds, 3),
        guards.asked,
        guards.granted,
        guards.refused,
        int(finished_at.timestamp()),
    ]


def _digest_snapshot(task: Task) -> str:
    """sha256 of the approved text. A rebuild approves the issue's text again if its digest is the same."""
    return snapshot_digest(task.snapshot)


def snapshot_digest(snapshot: Snapshot) -> str:
    said: list[object] = [snapshot.title, snapshot.body, *([each.author, each.body] for each in snapshot.comments)]
    said += [["answer", each.author, each.body] for each in snapshot.answers]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
