"""Tasks and attempts of one night, for the tests of the digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.change_size import ChangeSize
from bot.core.checks import CheckStanding
from bot.core.digest import Digest, Night, NightView, make_digest
from bot.core.failures import FailureKind
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Attempt, Blocker, Snapshot, State, Task

BEGINS = datetime(2026, 3, 1, 22, tzinfo=UTC)
NIGHT = Night(begins=BEGINS, ends=BEGINS + timedelta(hours=9), next_begins=BEGINS + timedelta(hours=24))
EARLIER, DURING, MORNING = (BEGINS + timedelta(hours=hours) for hours in (-30, 2, 10))
SHOP = "octo/shop"


def shop(number: int) -> IssueRef:
    return IssueRef(SHOP, number)


def a_task(number: int, state: State, **more: Any) -> Task:
    """`blocked_by`: unmet issues; `at`: when it changed last."""
    at = more.pop("at", DURING)
    blockers = tuple(Blocker(issue=issue) for issue in more.pop("blocked_by", ()))
    return Task(
        id=number,
        issue=more.pop("issue", shop(number)),
        state=state,
        snapshot=Snapshot(
            title=more.pop("title", f"Issue {number}"),
            body="",
            approved_by="ada",
            approved_at=more.pop("asked", EARLIER),
        ),
        blockers=blockers,
        created_at=EARLIER,
        updated_at=at,
        **more,
    )


def in_review(number: int, *, lines: int = 10, standing: CheckStanding = CheckStanding.VERIFIED, **more: Any) -> Task:
    """Its pull request is number + 100."""
    size = ChangeSize(files=1, added=lines)
    verdict = ShortVerdict(standing=standing, size=size, flagged=more.pop("flagged", False))
    return a_task(number, State.IN_REVIEW, pull_request=number + 100, verdict=verdict, **more)


def failed(number: int, kind: FailureKind = FailureKind.VERIFICATION_FAILED, **more: Any) -> Task:
    return a_task(number, State.FAILED, failure=kind, **more)


def an_attempt(number: int = 1, *, usd: float = 0.5, at: datetime = DURING) -> Attempt:
    return Attempt(
        task_id=number, number=1, started_at=at, finished_at=at, turns=4, cost_usd=usd, seconds=60, outcome=State.FAILED
    )


def digest_of(*tasks: Task, now: datetime = MORNING, **more: Any) -> Digest:
    """Each of `tasks` came to its state when it changed last."""
    moved = more.pop("moved", {task.id: task.updated_at for task in tasks if task.updated_at >= BEGINS})
    return make_digest(NightView(night=NIGHT, now=now, tasks=tasks, moved=moved, **more))
