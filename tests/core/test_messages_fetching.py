"""What an issue shows while its repository is fetched for the first time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.core.messages import StatusView, fetching, status_comment
from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TASK = Task(
    id=1,
    issue=IssueRef("octo/tools", 7),
    state=State.RUNNING,
    snapshot=Snapshot(title="Fix the clock", body=""),
    created_at=NOW,
    updated_at=NOW,
)


def test_a_first_fetch_is_shown_while_it_runs() -> None:
    """And nothing of it in any other state."""
    doing = fetching("octo/tools", files=3000, of=5020, size=12_345_678)
    running = StatusView(task=TASK, doing=doing)

    assert "Fetching octo/tools for the first time: 12 MB, 3,000 of 5,020 files.\n" in status_comment(running)
    assert fetching("octo/tools", files=0, of=5020, size=0) == "Fetching octo/tools for the first time"
    for state in set(State) - {State.RUNNING}:
        assert "Fetching" not in status_comment(replace(running, task=replace(TASK, state=state)))
