"""The state of a task after an attempt: pure rules over how the attempt ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.failure_policy import policy
from bot.core.failures import FailureKind
from bot.core.stacking import StartsLater
from bot.core.tasks import Attempt, State, Task
from bot.core.wrong_settings import WrongSettings

_LONGEST_WAIT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOutcome:
    """How an attempt ended, before the retry policy is applied. `wrong`: the repository's settings, for which it could
    not begin; `later`: why it waits for other issues again."""

    state: State
    failure: FailureKind | None = None
    detail: str = ""
    pull_request: int | None = None
    resets_at: datetime | None = None
    wrong: WrongSettings | None = None
    later: StartsLater | None = None

    @property
    def has_begun(self) -> bool:
        return self.wrong is None and self.later is None


def as_failure(
    kind: FailureKind, detail: str, *, resets_at: datetime | None = None, pull_request: int | None = None
) -> AttemptOutcome:
    """`pull_request`: the draft that shows its work."""
    return AttemptOutcome(
        state=State.FAILED, failure=kind, detail=detail, resets_at=resets_at, pull_request=pull_request
    )


def may_be_interrupted(outcome: AttemptOutcome, stopping: Callable[[], bool]) -> bool:
    """Whether the attempt may have failed only because the worker is shutting down. `stopping` is asked for these kinds
    only: an attempt that ended in any other way is not run, and paid for, again."""
    return outcome.failure is not None and policy(outcome.failure).may_be_interruption and stopping()


def next_state(
    task: Task,
    outcome: AttemptOutcome,
    now: datetime,
    *,
    requeue: bool,
    earlier: Sequence[Attempt] = (),
    chance: float = 0.5,
    counted: int = 0,
) -> tuple[State, datetime | None, int | None]:
    """The next state of the task, when it may run, and its number of automatic retries (None: unchanged).

    Each kind of failure has a separate number of retries; `earlier` are the attempts before this one. Each wait is
    twice as long as the one before, up to half an hour, and by `chance` (0 to 1) up to a fifth shorter or longer, so
    that twenty tasks that failed together do not start again together. `counted`: how many ends that paused the queue
    count against the task, this one included (`bot.core.holding_back`).
    """
    if requeue:
        return State.QUEUED, None, None
    if outcome.failure is None:
        return outcome.state, None, None
    rule = policy(outcome.failure)
    if rule.pauses is not None:
        return (State.FAILED if counted > rule.retries else State.QUEUED), None, None
    before = count_retries(outcome.failure, earlier, task.automatic_retries)
    if is_tried_again(task, outcome.failure, earlier):
        wait = min(rule.wait * 2**before, _LONGEST_WAIT) * (0.8 + 0.4 * chance)
        return State.QUEUED, now + wait, task.automatic_retries + 1
    return State.FAILED, None, None


def is_tried_again(task: Task, kind: FailureKind, earlier: Sequence[Attempt]) -> bool:
    """Whether an automatic retry follows this end, which pauses nothing."""
    return count_retries(kind, earlier, task.automatic_retries) < policy(kind).retries


def count_retries(kind: FailureKind, earlier: Sequence[Attempt], retries: int) -> int:
    """How many of a task's last `retries` automatic retries followed a failure of this kind. Ends that paused the queue
    are counted separately (`bot.core.holding_back`), and do not displace any of these."""
    failures = [attempt.failure for attempt in earlier if attempt.failure and _is_counted(attempt.failure)]
    return failures[len(failures) - retries :].count(kind) if retries else 0


def _is_counted(kind: FailureKind) -> bool:
    rule = policy(kind)
    return rule.retries > 0 and rule.pauses is None


def was_served(attempt: Attempt) -> bool:
    """Whether the attempt shows that Claude's account works: a session had turns, and ended in a way that Nightshift
    understands and has proven."""
    return attempt.turns > 0 and (attempt.failure is None or policy(attempt.failure).shows_account_works)
