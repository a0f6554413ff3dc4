"""The calls of the ledger that pages of the dashboard make, and the task that calls are tried with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.adapters.store import Ledger
from bot.core.holding_back import Behind
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
THE_FIRST = Task(
    id=1,
    issue=IssueRef("octo/tools", 1),
    state=State.QUEUED,
    snapshot=Snapshot(title="t", body=""),
    created_at=NOW,
    updated_at=NOW,
)

PAGES: dict[str, Callable[[Ledger], object]] = {
    "first page": lambda ledger: (
        ledger.overview.upcoming(NOW, {1: Behind.PRIORITY}, limit=9),
        ledger.overview.waiting(limit=9),
        ledger.overview.sums([1, 2]),
        ledger.overview.sum_ended(NOW, NOW),
        ledger.overview.live(),
        ledger.overview.find_moved([1, 2], NOW),
        ledger.pressure.holds({THE_FIRST: 1}),
    ),
}
PAGES_RARELY = {
    "overview.newest": "walks along the index of one state, as far as a page shows",
    "overview.find_blocked": "the graph: walks along the index of blocked tasks, as far as it is drawn",
    "traffic.deliveries": "a page: from the end of the table, as far as it shows",
    "traffic.messages": "a page: from the end of the table, as far as it shows",
    "trends.attempts": "the figures: what ended in thirty days",
    "trends.find_days": "the figures: what ended in thirty days",
    "trends.cost_of_merged": "the figures: what was merged in thirty days",
    "overview.counts": "the first page: one whole index, no task's text",
}
