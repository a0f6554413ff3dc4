"""Writes effects down: tasks move, and what is to be said on GitHub goes into the outbox, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import EventKind, Ledger
from bot.core.effects import (
    Acknowledge,
    Commanded,
    Confirm,
    Edited,
    Effect,
    Enqueue,
    Move,
    Noticed,
    Prioritize,
    Reply,
    Settle,
    ShowStatus,
    Stopped,
)
from bot.core.references import IssueRef
from bot.core.tasks import ACTIVE, State, Task
from bot.steps.order import keep_order
from bot.steps.queue import waits_where_it_came_in

_log = logging.getLogger(__name__)


def perform(effects: Sequence[Effect], ledger: Ledger, now: datetime) -> None:
    """Perform every effect in the transaction that `ledger` is."""
    for effect in effects:
        match effect:
            case Enqueue():
                _enqueue(effect, ledger, now)
            case Move():
                _move(effect, ledger, now)
            case Confirm():
                _confirm(effect, ledger, now)
            case Edited() | Stopped() | Commanded():
                keep_order(effect, ledger)
            case Prioritize():
                _prioritize(effect, ledger, now)
            case Noticed():
                _noticed(effect, ledger)
            case Settle():
                settle(ledger, effect.issue, effect.met, now)
            case Acknowledge():
                ledger.commands_seen.keep(effect.comment, effect.issue.repository, now)
                payload = {"issue": str(effect.issue), "comment": effect.comment}
                ledger.outbox.post(f"reaction:{effect.comment}", kind="reaction", payload=payload, now=now)
            case Reply():
                _reply(effect, ledger, now)
            case ShowStatus():
                show_status(ledger, effect.issue, now)


def show_status(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Have the status comment and the state label of `issue` brought up to date; asking often costs one edit."""
    ledger.outbox.post(f"status:{issue}", kind="status", payload={"issue": str(issue)}, now=now)


def settle(ledger: Ledger, blocker: IssueRef, met: bool, now: datetime) -> None:
    """Tell the tasks that wait for `blocker` whether they still have to, and let their issues show it."""
    for identity in ledger.blockers.settle(blocker, met):
        task = ledger.tasks.by_id(identity)
        if task is not None:
            show_status(ledger, task.issue, now)
    show_dependents(ledger, blocker, now)


def show_dependents(ledger: Ledger, blocker: IssueRef, now: datetime) -> None:
    """Whoever waits for `blocker` says on its issue what became of it."""
    for issue in ledger.blockers.waiting_for(blocker):
        show_status(ledger, issue, now)


def _confirm(effect: Confirm, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is not None and task.state is State.QUEUED:
        snapshot = replace(task.snapshot, approved_by=effect.approved_by, approved_at=effect.at)
        ledger.tasks.update(task.id, now=now, snapshot=snapshot)
        _note(ledger, task, EventKind.APPROVED, now, actor=effect.approved_by)


def _noticed(effect: Noticed, ledger: Ledger) -> None:
    """What the ledger knows already is newer than what was read of a listing."""
    if not ledger.issues_shown.is_label_noted(effect.issue):
        ledger.issues_shown.keep_labels(effect.issue, effect.state_labels)
    if effect.without_comments:
        ledger.issues_shown.keep_uncommented(effect.issue, True)


def _prioritize(effect: Prioritize, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is not None:
        ledger.tasks.update(task.id, now=now, priority=effect.priority)
        _note(ledger, task, EventKind.PRIORITIZED, now, why=effect.priority.name.lower())


def _note(ledger: Ledger, task: Task, kind: EventKind, now: datetime, *, actor: str = "", why: str = "") -> None:
    ledger.events.add(task.id, kind, source=task.state, target=task.state, now=now, actor=actor, why=why)


def _enqueue(effect: Enqueue, ledger: Ledger, now: datetime) -> None:
    known = ledger.tasks.find(effect.issue)
    if known is not None and (known.state is State.RUNNING or known.attempts != effect.after_attempts):
        _log.info("%s runs already, or has run: not queued again", effect.issue)  # another process was faster
        return
    task = ledger.tasks.enqueue(
        effect.issue,
        snapshot=effect.snapshot,
        blockers=effect.blockers,
        priority=effect.priority,
        overrides=effect.overrides,
        now=now,
    )
    if effect.failure is not None:
        ledger.tasks.move(task.id, State.QUEUED, State.FAILED, now=now, failure=effect.failure, detail=effect.detail)
    waits_where_it_came_in(ledger, task.id)
    settle(ledger, effect.issue, False, now)


def _move(effect: Move, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is None:
        return
    source = effect.source
    if effect.target is State.CANCELLED and task.state in ACTIVE | {State.FAILED}:
        source = task.state  # its attempt may have ended, and be tried again: that is meant too
    moved = ledger.tasks.move(
        task.id,
        source,
        effect.target,
        now=now,
        failure=effect.failure,
        detail=effect.detail,
        actor=effect.actor,
        why=effect.detail,
    )
    if moved and effect.withdrawn:
        ledger.tasks.update(task.id, now=now, snapshot=replace(task.snapshot, approved_at=None))
    if moved:
        show_dependents(ledger, effect.issue, now)
    else:
        _log.info("%s is no longer %s: not moved to %s", effect.issue, effect.source, effect.target)


def _reply(effect: Reply, ledger: Ledger, now: datetime) -> None:
    """The key is kept, so that the same refusal is answered once, however often it is met."""
    if not ledger.replies.keep(effect.key, str(effect.issue), now):
        return
    payload = {"issue": str(effect.issue), "key": effect.key, "body": effect.body}
    ledger.outbox.post(f"reply:{effect.key}", kind="reply", payload=payload, now=now)
