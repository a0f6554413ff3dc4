"""When a queued task starts and ends, and what it costs, by what the last tasks took. Pure."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.pauses import Window

FEWEST_TASKS = 10
"""Of fewer tasks nothing can be said."""
_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Took:
    """What all attempts of one task took together."""

    seconds: float
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLine:
    """`position`: of the task in its repository's queue, from 1. `running_for`: how long each running task of the
    repository has run, in seconds; `at_once`: how many of them may run."""

    position: int
    running_for: Sequence[float] = ()
    at_once: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`tasks`: of how many it was made. Times are rounded to five minutes."""

    tasks: int
    starts: datetime
    ends: datetime
    usd: float


def estimate(
    history: Sequence[Took],
    line: QueueLine,
    *,
    now: datetime,
    window: Window | None = None,
    paused_until: datetime | None = None,
) -> Estimate | None:
    """None for a history of fewer than ten tasks. `window`: when sessions run; None: always."""
    if len(history) < FEWEST_TASKS:
        return None
    each = median(took.seconds for took in history)
    begins = max(now, paused_until) if paused_until is not None else now
    starts = _after(begins, _wait(line, each), window)
    return Estimate(
        tasks=len(history),
        starts=_round(starts),
        ends=_round(starts + timedelta(seconds=each)),
        usd=median(took.usd for took in history),
    )


def median(values: Iterable[float]) -> float:
    """Of at least one value; `statistics`, which has one too, takes long to import."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _wait(line: QueueLine, each: float) -> timedelta:
    """How long the tasks take that run or stand before it."""
    free = [0.0] * (max(line.at_once, 1) - len(line.running_for))
    slots = [*(max(each - seconds, 0.0) for seconds in line.running_for), *free]
    heapq.heapify(slots)
    for _ in range(line.position - 1):
        heapq.heappush(slots, heapq.heappop(slots) + each)
    return timedelta(seconds=slots[0])


def _after(begins: datetime, wait: timedelta, window: Window | None) -> datetime:
    """So much later, counting only the hours in which sessions run."""
    if window is None:
        return begins + wait
    while True:
        closes = window.closes(begins)
        if closes is not None and begins + wait < closes:
            return begins + wait
        wait -= closes - begins if closes is not None else timedelta()
        begins = window.opens(closes or begins)


def _round(at: datetime) -> datetime:
    """Up, so that a comment is not edited for each minute."""
    over = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at - over + (_STEP if over else timedelta())
