"""A night's digest, for `docs/messages.md`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.change_size import ChangeSize
from bot.core.checks import CheckStanding
from bot.core.digest import Digest, Night, NightView, make_digest
from bot.core.failures import FailureKind
from bot.core.messages.digest import digest_body, digest_lines, digest_title
from bot.core.messages.digest_form import TERMINAL
from bot.core.pauses import Cause, Pause
from bot.core.plan_windows import FIVE_HOURS, WEEK, WindowUse
from bot.core.references import IssueRef
from bot.core.short_verdict import ShortVerdict
from bot.core.tasks import Attempt, Blocker, State, Task


def digests(task: Callable[..., Task], now: datetime) -> Iterator[tuple[str, str]]:
    """`task` makes one."""
    night = Night(begins=now - timedelta(hours=9), ends=now + timedelta(hours=1), next_begins=now + timedelta(hours=15))
    tasks = tuple(_tasks(task))
    moved = {each.id: now for each in tasks if each.state is not State.QUEUED}
    on = {IssueRef("octo/clock", 2): [IssueRef("octo/clock", 1)]}
    view = NightView(night=night, now=now, tasks=tasks, moved=moved, attempts=_attempts(now), stands_on=on)
    yield "its title", digest_title(night)
    yield "a night with something of everything", digest_body(make_digest(view), "https://github.com")
    reason = "Claude's API refused Nightshift's credential. All issues wait until the operator has renewed it."
    pause = Pause(cause=Cause.ACCOUNT, until=None, reason=reason, since=night.begins)
    held = make_digest(replace(view, tasks=view.tasks[-1:], attempts=(), pauses={"octo/clock": pause}))
    yield "a bad night", digest_body(held, "https://github.com")
    yield "its last line with a subscription", list(digest_lines(_with_subscription(view), TERMINAL))[-1]


def _with_subscription(view: NightView) -> Digest:
    five_hours = WindowUse(name=FIVE_HOURS, resets_at=view.now, first=0.25, last=0.87)
    week = WindowUse(name=WEEK, resets_at=view.now, first=0.4, last=0.48)
    attempts = tuple(replace(each, windows=(five_hours, week)) for each in view.attempts)
    return make_digest(replace(view, attempts=attempts))


def _tasks(task: Callable[..., Task]) -> Iterator[Task]:
    first, second = IssueRef("octo/clock", 1), IssueRef("octo/clock", 2)
    size = ChangeSize(files=2, added=31, removed=4)
    verified = ShortVerdict(standing=CheckStanding.VERIFIED, commands=("pytest",), size=size)
    yield task(State.IN_REVIEW, id=1, issue=first, pull_request=11, verdict=verified)
    more = {"blockers": (Blocker(issue=first),), "verdict": replace(verified, flagged=True)}
    yield task(State.IN_REVIEW, id=2, issue=second, pull_request=12, **more)
    asked = {"failure": FailureKind.NEEDS_INFO, "detail": "1. In which time zone?"}
    yield task(State.FAILED, id=3, issue=IssueRef("octo/clock", 3), **asked)
    fails = {"failure": FailureKind.VERIFICATION_FAILED, "detail": "pytest: test_noon"}
    yield task(State.FAILED, id=4, issue=IssueRef("octo/clock", 4), **fails)
    waits = Blocker(issue=IssueRef("octo/clock", 3))
    yield task(State.QUEUED, id=5, issue=IssueRef("octo/clock", 5), blockers=(waits,))
    yield task(State.NO_CHANGE, id=6, issue=IssueRef("octo/clock", 6))
    yield task(State.QUEUED, id=7, issue=IssueRef("octo/clock", 7))


def _attempts(now: datetime) -> tuple[Attempt, ...]:
    return tuple(
        Attempt(task_id=each, number=1, started_at=now, finished_at=now, turns=6, cost_usd=0.4, seconds=300)
        for each in (1, 2, 3, 4, 6)
    )
