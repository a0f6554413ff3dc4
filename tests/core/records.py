"""Records of tasks, as they are written on GitHub and come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.core.facts import Actor, PullRequestFacts
from bot.core.failures import FailureKind
from bot.core.messages import (
    StatusView,
    add_marker,
    pull_request_marker,
    read_status,
    status_comment,
)
from bot.core.rebuild import Rebuilt, rebuild_task
from bot.core.references import IssueRef
from bot.core.task_record import Record, read_record
from bot.core.tasks import Attempt, Blocker, Guards, Overrides, Priority, Snapshot, State, Task

NOW = datetime(2026, 1, 31, 8, 30, 0, 123, tzinfo=UTC)
ISSUE = IssueRef("octo/tools", 7)
ME = Actor(login="nightshift-bot", id=5)
TEXT = Snapshot(title="Fix the clock", body="It is late.", approved_by="ada", approved_at=NOW)
TASK = Task(
    id=0,
    issue=ISSUE,
    state=State.IN_REVIEW,
    snapshot=TEXT,
    priority=Priority.HIGH,
    blockers=(Blocker(issue=IssueRef("octo/zoo", 3)), Blocker(issue=IssueRef("octo/tools", 2), met=True)),
    overrides=Overrides(turns=9, budget_usd=2.5, model="opus", fresh=True),
    attempts=2,
    automatic_retries=1,
    pushed="a" * 40,
    pull_request=12,
    created_at=NOW - timedelta(days=1),
    updated_at=NOW,
)
ATTEMPT = Attempt(
    task_id=0,
    number=2,
    started_at=datetime(2026, 1, 31, 8, 28, tzinfo=UTC),
    finished_at=datetime(2026, 1, 31, 8, 30, tzinfo=UTC),
    outcome=State.FAILED,
    failure=FailureKind.SESSION_TIMEOUT,
    turns=30,
    turn_limit=30,
    cost_usd=1.25,
    seconds=120.0,
    claude_seconds=100.5,
    guards=Guards(asked=9, granted=8, refused=1),
)
PULL = PullRequestFacts(
    number=12,
    body=add_marker("Done.", pull_request_marker(ISSUE)),
    head_branch="auto/7",
    is_open=True,
    merged_at=None,
    author=ME,
)


def said(task: Task = TASK, *attempts: Attempt) -> dict[str, Any]:
    """The record as it comes back from GitHub."""
    found = read_status(status_comment(StatusView(task=task, attempts=attempts)))
    assert found is not None
    return found


def again(record: Record | None, pull: PullRequestFacts | None = None, text: Snapshot = TEXT) -> Rebuilt | None:
    return rebuild_task(ISSUE, record, pull, texts=[text], blockers=(), priority=Priority.LOW, now=NOW)


def came_back(task: Task, pull: PullRequestFacts | None = None, text: Snapshot = TEXT) -> Task:
    found = again(read_record(said(task), ISSUE), pull, text)
    assert found is not None
    return found.task


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
