"""What happens to a task when its issue, its pull request or the operator says so: a view in, effects out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.core.approval_events import Stop
from bot.core.effects import Effect, Move, Prioritize, Settle, ShowStatus
from bot.core.failures import FailureKind
from bot.core.stacking import BlockerState, blocker_state
from bot.core.tasks import ACTIVE, MergedInto, Priority, State, Task, may_move


def prioritize(task: Task | None, priority: Priority) -> list[Effect]:
    """A label for the priority was put on or taken off; GitHub lets only those do so who may triage."""
    if task is None or task.state is not State.QUEUED or task.priority is priority:
        return []
    return [Prioritize(task.issue, priority), ShowStatus(task.issue)]


def withdraw(task: Task | None, why: str) -> list[Effect]:
    """The issue is no longer approved: a task that waits or runs stops, and what was published stays."""
    return stop_task(task, Stop(why=why, withdraws=True))


def cancel(task: Task | None, why: str, *, actor: str) -> list[Effect]:
    """A person cancelled it. The label stays on, and the approval on record: the same label starts nothing anew."""
    return stop_task(task, Stop(why=why, withdraws=False, actor=actor))


def stop_task(task: Task | None, stop: Stop) -> list[Effect]:
    if task is None or task.state not in ACTIVE | {State.FAILED}:
        return []
    move = Move(
        issue=task.issue,
        source=task.state,
        target=State.CANCELLED,
        failure=FailureKind.CANCELLED,
        detail=stop.why,
        withdrawn=stop.withdraws,
        actor=stop.actor,
    )
    return [move, ShowStatus(task.issue)]


def follow_pull_request(
    task: Task | None,
    *,
    is_open: bool,
    merged_at: datetime | None,
    issue_completed: bool = False,
    is_revised: bool = False,
    merged_into: MergedInto | None = None,
    merged_head: str = "",
) -> list[Effect]:
    """The task's pull request is open, merged or closed now.

    A merge ends every task that neither waits nor runs, but not one that was approved again after the merge. A task
    that was approved again and then cancelled goes back to the state of its pull request, unless that shows the work of
    a failure. `is_revised`: the task waits for a revision of it, or runs one: that stops when there is nothing left to
    revise. `merged_into`: the part of a stack whose branch it was merged into; what waits for the task waits until that
    is in the default branch. `merged_head`: the last commit of what was merged.
    """
    if task is None:
        return []
    if is_revised and task.state in ACTIVE and (merged_at is not None or not is_open):
        stopped = _stop_revision(task, is_merged=merged_at is not None)
        ended = replace(task, state=State.CANCELLED)
        after = follow_pull_request(
            ended,
            is_open=is_open,
            merged_at=merged_at,
            issue_completed=issue_completed,
            merged_into=merged_into,
            merged_head=merged_head,
        )
        return [*stopped, *after]
    if merged_at is not None:
        return _end_merged(replace(task, merged_into=merged_into), merged_at, merged_head)
    if is_open:
        is_back = task.state in {State.CLOSED, State.CANCELLED} and task.draft is None
        return _move(task, State.IN_REVIEW) if is_back else []
    closes = task.state in {State.IN_REVIEW, State.CANCELLED}
    completed = BlockerState.COMPLETED if issue_completed else BlockerState.OPEN
    return _move(task, State.CLOSED, completed) if closes else []


def _stop_revision(task: Task, *, is_merged: bool) -> list[Effect]:
    why = f"the pull request was {'merged' if is_merged else 'closed'}"
    return stop_task(task, Stop(why=why, withdraws=False))


def _end_merged(task: Task, merged_at: datetime, head: str) -> list[Effect]:
    approved_since = task.snapshot.approved_at is not None and task.snapshot.approved_at > merged_at
    ends = may_move(task.state, State.DONE) and not (approved_since and task.state is not State.CANCELLED)
    return _move(task, State.DONE, head=head) if ends else []


def _move(task: Task, target: State, blocks: BlockerState | None = None, head: str = "") -> list[Effect]:
    """`blocks`: how far those that wait for it take it to be; None: as the task is then."""
    moved = Move(issue=task.issue, source=task.state, target=target, merged_into=task.merged_into, head=head)
    after = blocker_state(None, replace(task, state=target)) if blocks is None else blocks
    return [moved, Settle(task.issue, after), ShowStatus(task.issue)]
