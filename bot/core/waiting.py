"""Why a queued task does not run yet: one order of reasons, and one form of times, for all that say so. Pure.

The sentences are in `bot/core/messages/waiting.py`. This module is apart from them, since `nightshift list` names the
reason in a word or two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from bot.core.pressure import Hold
from bot.core.tasks import Lint, Task


class WaitReason(StrEnum):
    """In the order in which they count: what a person has to end comes before what ends by itself."""

    ISSUES = "issues"
    GO = "go"
    PAUSE = "pause"
    LATER = "later"
    HOLD = "hold"
    UNREAD = "unread"
    TURN = "turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueWait:
    """`now`: None where the time that the task waits for counts until it runs. `pause`: why nothing of its repository
    may start, a sentence. `hold`: what holds it back so that people keep up; `link`: to the issue of the task in that.
    `place`: in the queue of its repository, from 1; `busy`: how many tasks run, if one of them has to end first."""

    task: Task
    now: datetime | None = None
    pause: str = ""
    hold: Hold | None = None
    link: str = ""
    place: int | None = None
    busy: int = 0


def find_reason(wait: QueueWait) -> WaitReason:
    task = wait.task
    if task.unmet or task.waits_for_go:
        return WaitReason.ISSUES if task.unmet else WaitReason.GO
    if wait.pause:
        return WaitReason.PAUSE
    if task.not_before is not None and (wait.now is None or task.not_before > wait.now):
        return WaitReason.LATER
    if wait.hold is not None:
        return WaitReason.HOLD
    return WaitReason.UNREAD if task.lint is Lint.UNREAD else WaitReason.TURN


def what_it_waits_for(wait: QueueWait, *, held: str = "") -> str:
    """In a word or two. `held`: what holds it back, where the caller names that."""
    match find_reason(wait):
        case WaitReason.ISSUES:
            return ", ".join(map(str, wait.task.unmet))
        case WaitReason.GO:
            return "/go"
        case WaitReason.LATER if wait.task.not_before is not None:
            return moment(wait.task.not_before)
        case _:
            return held or "its turn"


def moment(at: datetime) -> str:
    """To the minute: no reason ends on the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
