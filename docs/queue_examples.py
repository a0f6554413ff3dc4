"""Statuses of issues that wait, or have remarks, for `docs/messages.md`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.core import messages
from bot.core.estimate import Estimate
from bot.core.lint import find_remarks
from bot.core.messages import StatusView
from bot.core.references import IssueRef, hide_issue
from bot.core.tasks import Blocker, Lint, Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
UNCLEAR = Snapshot(title="Improve the search and integrate Stripe", body="", approved_by="ada")


def statuses(task: Callable[..., Task], other: IssueRef) -> dict[str, StatusView]:
    """`task` makes one, which may wait for `other`."""
    remarks, by_relation = find_remarks(UNCLEAR), "by a relation on GitHub"
    named = {"snapshot": UNCLEAR, "lint": Lint.SAID}
    expected = Estimate(tasks=24, starts=NOW + timedelta(minutes=20), ends=NOW + timedelta(minutes=35), usd=0.4)
    return {
        "queued, with an estimate": StatusView(task=task(), position=3, estimate=expected),
        "waits for other issues, and nothing is started now": StatusView(
            task=task(blockers=(Blocker(issue=other),)),
            waits=[(other, "which is queued")],
            paused=messages.paused_by_person("maintenance"),
        ),
        "waits for other issues, by relations on GitHub": StatusView(
            task=task(blockers=(Blocker(issue=other), Blocker(issue=hide_issue(other.repository)))),
            waits=[(other, f"which is running, {by_relation}"), (hide_issue(other.repository), by_relation)],
        ),
        "queued, with remarks on the issue": StatusView(task=task(**named), position=1, remarks=remarks),
        "waits for `/go`": StatusView(task=task(**(named | {"lint": Lint.WAITS})), remarks=remarks),
        "no change, with remarks on the issue": StatusView(task=task(State.NO_CHANGE, **named), remarks=remarks),
    }
