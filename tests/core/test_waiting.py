"""Why a queued task does not run: the status comment, `/status`, the list, the dashboard and the digest agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.digest import Night, NightView, make_digest
from bot.core.digest_parts import NotRun
from bot.core.failures import FailureKind
from bot.core.messages import StatusView, headline, status_comment, status_reply
from bot.core.messages.pressure import held_back
from bot.core.messages.waiting import why_it_waits
from bot.core.pauses import Cause, Pause
from bot.core.pressure import Hold, SharesFile, TooManyOpen
from bot.core.references import IssueRef
from bot.core.task_order import order_tasks
from bot.core.tasks import Blocker, Lint, Snapshot, State, Task
from bot.core.waiting import QueueWait, WaitReason, find_reason

NOW = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
ISSUE, OTHER = IssueRef("octo/shop", 1), IssueRef("octo/shop", 2)
READY = Task(
    id=1,
    issue=ISSUE,
    state=State.QUEUED,
    snapshot=Snapshot(title="Fix it", body="", approved_by="ada", approved_at=NOW - timedelta(hours=1)),
    created_at=NOW - timedelta(hours=1),
    updated_at=NOW - timedelta(hours=1),
)
LATER = replace(READY, not_before=NOW + timedelta(minutes=9, seconds=5), failure=FailureKind.API_UNAVAILABLE)
BLOCKED, STRICT = replace(READY, blockers=(Blocker(issue=OTHER),)), replace(READY, lint=Lint.WAITS)
UNREAD = replace(READY, lint=Lint.UNREAD)
EMPTY, FULL = "The account is empty.", TooManyOpen(10)
GO = "It waits for `/go` in a comment, or for a better text: there are remarks on its issue."
AGAIN = "Nightshift tries again after 2026-03-01 23:09 UTC, since it failed with `api_unavailable`."


@pytest.mark.parametrize(
    ("task", "pause", "hold", "reason", "why", "listed"),
    [
        (BLOCKED, EMPTY, FULL, WaitReason.ISSUES, "", "octo/shop#2"),
        (STRICT, EMPTY, FULL, WaitReason.GO, GO, "/go"),
        (LATER, EMPTY, FULL, WaitReason.PAUSE, EMPTY, "2026-03-01 23:09 UTC"),
        (LATER, "", FULL, WaitReason.LATER, AGAIN, "2026-03-01 23:09 UTC"),
        (READY, "", FULL, WaitReason.HOLD, held_back(FULL), "reviews"),
        (READY, "", SharesFile(OTHER, "a.py"), WaitReason.HOLD, held_back(SharesFile(OTHER, "a.py")), "octo/shop#2"),
        (UNREAD, EMPTY, None, WaitReason.PAUSE, EMPTY, "its turn"),
        (UNREAD, "", None, WaitReason.UNREAD, "Its issue is read first.", "its turn"),
        (READY, "", None, WaitReason.TURN, "It waits for its turn in the queue.", "its turn"),
    ],
)
def test_all_that_say_why_a_task_waits_say_the_same(
    task: Task, pause: str, hold: Hold | None, *, reason: WaitReason, why: str, listed: str
) -> None:
    """What a person has to end comes before what ends by itself. The list shows the pause of the queue below it."""
    wait = QueueWait(task=task, now=NOW, pause=pause, hold=hold)
    assert (find_reason(wait), why_it_waits(wait)) == (reason, why)
    held = {} if hold is None else {ISSUE: "reviews" if isinstance(hold, TooManyOpen) else "octo/shop#2"}
    (line,) = order_tasks([(task, [])], web_url="https://github.com", now=NOW, held=held)
    assert line.waits_for == listed
    if reason in {WaitReason.GO, WaitReason.PAUSE, WaitReason.LATER, WaitReason.HOLD}:
        view = StatusView(task=task, paused=pause or None, hold=hold)
        assert headline(view).startswith("waits")
        assert why in status_reply(task, view)
        assert why in status_comment(view)
    if reason is not WaitReason.ISSUES:
        assert [each.why for each in _not_run(task, pause, hold)] == [why]


def _not_run(task: Task, pause: str, hold: Hold | None) -> list[NotRun]:
    night = Night(begins=NOW - timedelta(hours=3), ends=NOW + timedelta(hours=3), next_begins=NOW + timedelta(days=1))
    paused = Pause(cause=Cause.ACCOUNT, until=None, reason=pause, since=NOW)
    view = NightView(
        night=night,
        now=NOW,
        tasks=[task],
        moved={},
        pauses={ISSUE.repository: paused} if pause else {},
        holds={ISSUE: held_back(hold)} if hold is not None else {},
    )
    return list(make_digest(view).not_run)


def test_the_place_in_the_queue_is_said_where_it_is_known() -> None:
    assert why_it_waits(QueueWait(task=READY, place=1)) == "Next in the queue."
    assert why_it_waits(QueueWait(task=READY, place=3, busy=2)) == "Queued, number 3, behind 2 that run."
