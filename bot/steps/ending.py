"""Records the end of an attempt and the next state of its task, in one transaction, under the fence of the claim."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.adapters.store import KeptWork, Ledger
from bot.core.failure_policy import policy
from bot.core.holding_back import Holding
from bot.core.outcomes import AttemptOutcome, next_state, was_served
from bot.core.revision import Revision
from bot.core.stacking import blocker_state
from bot.core.tasks import FINISHED, Attempt, State, Task
from bot.steps.dependents import settle
from bot.steps.open_pulls import queue_left_claims, tend_pull_requests
from bot.steps.pull_labels import queue_labels
from bot.steps.queue import pause_for
from bot.steps.revision_ends import end_revision, last_summary, state_after
from bot.steps.speaking import end_speaking


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
    branch: str,
) -> State | None:
    """Returns the task's new state; None if another claim or a `/cancel` took the task: then nothing else has changed.

    `ended` is the attempt with its end; `requeue` and `chance` as in `next_state`; `branch`: the bot's;
    `kept`: for a revision of what was published.
    """
    held = _holding(ledger, task, ended, now)
    after = _find_next(ledger, task, outcome, now, requeue=requeue, chance=chance, counted=held.count(task.id))
    ledger.attempts.finish(ended)
    if not _move(ledger, task, outcome, after, now):
        return None
    target = after.state
    ledger.queue_state.keep_holding(held if target is State.QUEUED else held.forget(task.id))
    _note(ledger, task, outcome, target, now, keeps=after.is_back)
    queue_labels(ledger, task, outcome.pull_request, now)
    queue_left_claims(ledger, task.issue.repository, now)
    if kept is not None and target is State.IN_REVIEW and not after.is_back:
        ledger.kept_work.keep(task.issue, kept)
    end_speaking(ledger, task, now)
    if after.revision is not None and target in {State.IN_REVIEW, State.FAILED}:
        by_git = not ended.turns
        end_revision(ledger, task, after.revision, outcome, now, branch=branch, by_git=by_git)
    return target


@dataclass(frozen=True, slots=True, kw_only=True)
class _Next:
    """What the end makes of the task. `retries`: its automatic ones; None: as many as before. `is_back`: the attempt
    for `revision` failed, so the task is in review again, with what it showed there."""

    state: State
    not_before: datetime | None
    retries: int | None
    revision: Revision | None
    is_back: bool


def _find_next(
    ledger: Ledger,
    task: Task,
    outcome: AttemptOutcome,
    now: datetime,
    *,
    requeue: bool,
    chance: float,
    counted: int,
) -> _Next:
    earlier = [attempt for attempt in ledger.attempts.of(task.id) if attempt.finished_at is not None]
    alone, not_before, retries = next_state(
        task, outcome, now, requeue=requeue, earlier=earlier, chance=chance, counted=counted
    )
    revision = ledger.revisions.of(task.id)
    state = state_after(revision, task, alone)
    is_back = alone is State.FAILED and state is State.IN_REVIEW
    return _Next(state=state, not_before=not_before, retries=retries, revision=revision, is_back=is_back)


def _move(ledger: Ledger, task: Task, outcome: AttemptOutcome, after: _Next, now: datetime) -> bool:
    """Whether the task was still this claim's. One that was cancelled while GitHub opened its pull request goes to
    review all the same: the pull request exists, so people decide on it."""
    sources = (State.CANCELLED, State.RUNNING) if after.state is State.IN_REVIEW else (State.RUNNING,)
    return any(
        ledger.tasks.move(
            task.id,
            source=source,
            target=after.state,
            now=now,
            fence=task.fence,
            failure=None if after.is_back else outcome.failure,
            detail=last_summary(ledger, task) if after.is_back else outcome.detail,
            not_before=after.not_before,
            pull_request=outcome.pull_request,
            automatic_retries=after.retries,
        )
        for source in sources
    )


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
    ledger.outbox.post_status(task.issue, now)
    settle(ledger, task.issue, blocker_state(None, ledger.tasks.find(task.issue)), now)
    tend_pull_requests(ledger, task, target, now)
    if outcome.failure is not None and policy(outcome.failure).pauses is not None:
        pause_for(ledger, outcome.failure, outcome.resets_at, now)
