"""A task with what its attempts have cost so far, as `nightshift list --json` and `show --json` print it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.core.references import OwnBranches
from bot.core.tasks import Attempt, Task


def task_row(task: Task, attempts: Sequence[Attempt], branches: OwnBranches) -> dict[str, Any]:
    return {
        "repository": task.issue.repository,
        "issue": task.issue.number,
        "title": task.snapshot.title,
        "state": task.state.value,
        "failure": task.failure.value if task.failure else None,
        "waits_for": [str(blocker) for blocker in task.unmet],
        "not_before": task.not_before.isoformat() if task.not_before else None,
        "branch": branches.of(task.issue),
        "pull_request": task.pull_request,
        "attempts": task.attempts,
        **_totals(attempts),
    }


def _totals(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """Sums over a task's attempts. `overhead_seconds`: their wall time less the time that Claude's process ran."""
    return {
        "turns": sum(each.turns for each in attempts),
        "cost_usd": round(sum(each.cost_usd for each in attempts), 6),
        "seconds": round(sum(each.seconds for each in attempts), 3),
        "overhead_seconds": round(sum(each.seconds - each.claude_seconds for each in attempts), 3),
        "guards": {
            "asked": sum(each.guards.asked for each in attempts),
            "granted": sum(each.guards.granted for each in attempts),
            "refused": sum(each.guards.refused for each in attempts),
        },
    }
