"""What becomes of a task after an attempt: pure rules over how it ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.failures import FailureKind, policy
from bot.core.tasks import Attempt, State, Task

_LONGEST_WAIT = timedelta(minutes=30)
_MAY_BE_CUT_SHORT = frozenset({FailureKind.WORKER_LOST, FailureKind.SETUP_FAILED, FailureKind.AGENT_CRASHED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an attempt, before the retry policy has its say."""

    state: State
    failure: FailureKind | None = None
    detail: str = ""
    pull_request: int | None = None
    resets_at: datetime | None = None


def failed(kind: FailureKind, detail: str, *, resets_at: datetime | None = None) -> Outcome:
    return Outcome(state=State.FAILED, failure=kind, detail=detail, resets_at=resets_at)


def cut_short(outcome: Outcome, stopping: Callable[[], bool]) -> bool:
    """Whether being told to stop may be why it failed. What came to an honest end is not done, and paid for, again."""
    return outcome.failure in _MAY_BE_CUT_SHORT and stopping()


def next_state(
    task: Task,
    outcome: Outcome,
    now: datetime,
    *,
    requeue: bool,
    earlier: Sequence[Attempt] = (),
    chance: float = 0.5,
    counted: int = 0,
) -> tuple[State, datetime | None, int | None]:
    """Where the task goes, not before when, and how many automatic retries that makes (None: as many as before).

    Each kind of failure has retries of its own; `earlier` are the attempts before this one. Each wait is twice as long
    as the one before, up to half an hour, and by `chance` (0 to 1) up to a fifth shorter or longer, so that twenty
    tasks that failed together do not come back together. `counted`: how many ends that paused the queue count against
    the task, this one included (`bot.core.holding_back`).
    """
    if requeue:
        return State.QUEUED, None, None
    if outcome.failure is None:
        return outcome.state, None, None
    retry = policy(outcome.failure).retry
    if retry.pauses_queue:
        return (State.FAILED if counted > retry.times else State.QUEUED), None, None
    before = retried(outcome.failure, earlier, task.automatic_retries)
    if before < retry.times:
        wait = min(retry.after * 2**before, _LONGEST_WAIT) * (0.8 + 0.4 * chance)
        return State.QUEUED, now + wait, task.automatic_retries + 1
    return State.FAILED, None, None


def retried(kind: FailureKind, earlier: Sequence[Attempt], retries: int) -> int:
    """How many of a task's last `retries` automatic retries followed a failure of this kind. Ends that paused the queue
    are counted elsewhere, and push none of these out."""
    failures = [attempt.failure for attempt in earlier if attempt.failure and _is_counted(attempt.failure)]
    return failures[len(failures) - retries :].count(kind) if retries else 0


def _is_counted(kind: FailureKind) -> bool:
    retry = policy(kind).retry
    return retry.times > 0 and not retry.pauses_queue


_SHOWS_NOTHING = frozenset(
    {
        *(FailureKind.API_UNAVAILABLE, FailureKind.GITHUB_UNAVAILABLE, FailureKind.GUARDS_UNPROVEN),
        *(FailureKind.AGENT_CRASHED, FailureKind.WORKER_LOST, FailureKind.SETUP_FAILED),
    }
)


def was_served(attempt: Attempt) -> bool:
    """Whether the attempt shows that Claude's account was in order: a session had turns, and came to an end that is
    understood and proven."""
    kind = attempt.failure
    return attempt.turns > 0 and not (kind in _SHOWS_NOTHING or (kind is not None and policy(kind).retry.pauses_queue))
