"""A task, for texts that the documentation describes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.core.references import IssueRef
from bot.core.tasks import Snapshot, State, Task
from tests.layers import imports as imports_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ISSUE = IssueRef("octo/clock", 3)
TASK = Task(
    id=1,
    issue=ISSUE,
    state=State.QUEUED,
    snapshot=Snapshot(title="Fix it", body="", approved_by="ada"),
    created_at=NOON,
    updated_at=NOON,
)


def imports(module: object) -> list[str]:
    return [*imports_of(Path(str(getattr(module, "__file__", ""))).read_text())]
