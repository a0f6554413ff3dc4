"""Records the end of an attempt and the next state of its task, in one transaction, under the fence of the claim."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from bot.adapters.store import KeptWork, Ledger
from bot.core.failures import policy
from bot.core.holding_back import Holding
from bot.core.outcomes import AttemptOutcome, next_state, was_served
from bot.core.tasks import FINISHED, Attempt, State, Task
from bot.steps.effects import settle, show_status
from bot.steps.queue import pause_for
from bot.steps.revision_ends import end_revision, last_summary, state_after


def end_attempt(
    ledger: Ledger,
    task: Task,
    ended: Attempt,
    outcome: AttemptOutcome,
    *,
    now: datetime,
    requeue: bool,
    chance: float,
    kept: KeptWork | None = None,
) -> State | None:
    """Returns the task's new state; None if another claim or a `/cancel` took the task: then nothing else has changed.

    `ended` is the attempt with its end; `requeue` and `chance` as in `next_state`; `kept`: for a revision of what was
    published.
    """
    earlier = [attempt for attempt in ledger.attempts.of(task.id) if attempt.finished_at is not None]
    held = _holding(ledger, task, ended, now)
    target, not_before, retries = next_state(
        task, outcome, now, requeue=requeue, earlier=earlier, chance=chance, counted=held.counted(task.id)
    )
    ledger.attempts.finish(ended)
    revision = ledger.revisions.of(task.id)
    target, fails = state_after(revision, task, target), target is State.FAILED
    is_back = fails and target is State.IN_REVIEW
    move = partial(
        ledger.tasks.move,
        task.id,
        target=target,
        now=now,
        fence=task.fence,
        failure=None if is_back else outcome.failure,
        detail=last_summary(ledger, task) if is_back else outcome.detail,
        not_before=not_before,
        pull_request=outcome.pull_request,
        automatic_retries=retries,
    )
    # Cancelled while GitHub opened the pull request: the pull request exists, so people decide on it.
    too_late = target is State.IN_REVIEW and move(source=State.CANCELLED)
    if not too_late and not move(source=State.RUNNING):
        return None
    ledger.queue_state.keep_holding(held if target is State.QUEUED else held.forget(task.id))
    _note(ledger, task, outcome, target, now, keeps=is_back)
    if kept is not None and target is State.IN_REVIEW and not is_back:
        ledger.kept_work.keep(task.issue, kept)
    if revision is not None and target in {State.IN_REVIEW, State.FAILED}:
        end_revision(ledger, task, revision, outcome, now)
    return target


def _holding(ledger: Ledger, task: Task, ended: Attempt, now: datetime) -> Holding:
    """Which tasks paused the queue, this end included."""
    known = ledger.queue_state.holding()
    if ended.failure is not None and policy(ended.failure).pauses is not None:
        return known.paused_by(task.id, now)
    return known.ended_otherwise(task.id, now) if was_served(ended) else known


def _note(ledger: Ledger, task: Task, outcome: AttemptOutcome, target: State, now: datetime, *, keeps: bool) -> None:
    """Prepare the next attempt, show the state on the issue, and pause the queue if this end asks for it. `keeps`: what
    a revision that failed would have continued from, the next one continues from."""
    rule = policy(outcome.failure) if outcome.failure is not None else None
    if rule is None or not rule.keeps_publication:
        ledger.publications.forget(task.id)
    if target in FINISHED and not keeps:
        ledger.kept_work.forget(task.issue)
    show_status(ledger, task.issue, now)
    settle(ledger, task.issue, target is State.IN_REVIEW, now)
    if outcome.failure is not None and policy(outcome.failure).pauses is not None:
        pause_for(ledger, outcome.failure, outcome.resets_at, now)
