"""A task's history out of the ledger, as `nightshift show` prints it."""

from __future__ import annotations

from typing import Any

from bot.adapters.store import Ledger, Store
from bot.core.references import IssueRef, OwnBranches
from bot.core.task_history import History, state_words
from bot.core.task_rows import task_row
from bot.core.tasks import Task, TaskEvent


def find_task(store: Store, number: IssueRef) -> Task | None:
    """The task of an issue, or of the pull request that has the number."""
    with store.read() as ledger:
        return ledger.tasks.find(number) or ledger.tasks.by_pull_request(number.repository, number.number)


def read_history(store: Store, task: Task, web_url: str) -> History:
    with store.read() as ledger:
        return History(
            task=task,
            happenings=ledger.events.of(task.id),
            attempts=ledger.attempts.of(task.id),
            waits=[(issue, _standing(ledger, issue)) for issue in task.unmet],
            blocks=ledger.blockers.waiting_for(task.issue),
            web_url=web_url,
            is_answered=ledger.notices.is_answered(task),
        )


def _standing(ledger: Ledger, issue: IssueRef) -> str:
    task = ledger.tasks.find(issue)
    return "which is not a task" if task is None else f"which is {state_words(task.state)}"


def history_json(history: History, branches: OwnBranches) -> dict[str, Any]:
    """A row of `nightshift list --json`, with `approved_by`, `approved_at`, `blocks`, `events` and `each_attempt`."""
    task = history.task
    row = task_row(task, history.attempts, branches)
    approved_at = task.snapshot.approved_at
    return row | {
        "approved_by": task.snapshot.approved_by,
        "approved_at": approved_at.isoformat() if approved_at else None,
        "blocks": [str(issue) for issue in history.blocks],
        "events": [_event(each) for each in history.happenings],
        "each_attempt": [
            {
                "number": each.number,
                "started_at": each.started_at.isoformat(),
                "finished_at": each.finished_at.isoformat() if each.finished_at else None,
                "outcome": each.outcome.value if each.outcome else None,
                "failure": each.failure.value if each.failure else None,
                "summary": each.summary,
                "detail": each.detail,
                "turns": each.turns,
                "turn_limit": each.turn_limit,
                "cost_usd": round(each.cost_usd, 6),
                "seconds": round(each.seconds, 3),
            }
            for each in history.attempts
        ],
    }


def _event(each: TaskEvent) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "kind": each.kind,
        "from": each.source.value if each.source else None,
        "to": each.target.value,
        "by": each.actor,
        "why": each.why,
        "details": dict(each.details),
    }
