"""Performs effects: tasks move, and messages for GitHub go into the outbox, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.approval_events import Known
from bot.core.effects import (
    Acknowledge,
    Confirm,
    Effect,
    Enqueue,
    Move,
    Note,
    NoteCommand,
    NoteEdit,
    NoteShown,
    NoteStop,
    Prioritize,
    Reply,
    Settle,
    ShowStatus,
)
from bot.core.references import IssueRef
from bot.core.tasks import ACTIVE, State
from bot.steps.queue import waits_where_it_came_in

_log = logging.getLogger(__name__)


def command_key(comment: int) -> str:
    """The key under which the ledger records that a comment's command was followed."""
    return f"command:{comment}"


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
            case NoteEdit() | NoteStop() | NoteCommand():
                _keep_order(effect, ledger)
            case Prioritize():
                _prioritize(effect, ledger, now)
            case NoteShown():
                _note_shown(effect, ledger)
            case Settle():
                settle(ledger, effect.issue, effect.met, now)
            case Acknowledge():
                ledger.memory.remember(command_key(effect.comment), effect.issue.repository)
                payload = {"issue": str(effect.issue), "comment": effect.comment}
                ledger.outbox.post(f"reaction:{effect.comment}", kind="reaction", payload=payload, now=now)
            case Reply():
                _reply(effect, ledger, now)
            case ShowStatus():
                show_status(ledger, effect.issue, now)


def read_known(ledger: Ledger, issue: IssueRef) -> Known:
    """The task of the issue, and the events on it that were followed."""
    command, _, cancelled = (ledger.memory.recall(_commanded(issue)) or "0").partition(" ")
    return Known(
        task=ledger.tasks.find(issue),
        edited_at=_moment(ledger.memory.recall(_edited(issue))),
        stopped_at=_moment(ledger.memory.recall(_stopped(issue))),
        command=int(command),
        cancelled_at=_moment(cancelled),
    )


def show_status(ledger: Ledger, issue: IssueRef, now: datetime) -> None:
    """Queue an update of the status comment and the state label of `issue`. Several updates become one edit."""
    ledger.outbox.post(f"status:{issue}", kind="status", payload={"issue": str(issue)}, now=now)


def settle(ledger: Ledger, blocker: IssueRef, met: bool, now: datetime) -> None:
    """Record for the tasks that wait for `blocker` whether they still have to, and update their issues."""
    for identity in ledger.blockers.settle(blocker, met):
        task = ledger.tasks.by_id(identity)
        if task is not None:
            show_status(ledger, task.issue, now)
    show_dependents(ledger, blocker, now)


def show_dependents(ledger: Ledger, blocker: IssueRef, now: datetime) -> None:
    """Update the status of every issue that waits for `blocker`."""
    for issue in ledger.blockers.waiting_for(blocker):
        show_status(ledger, issue, now)


def label_key(issue: IssueRef) -> str:
    """The key for the state labels that are on the issue, separated by spaces."""
    return f"label:{issue}"


def uncommented_key(issue: IssueRef) -> str:
    """The key that says that the issue had no comments, and so none by Nightshift."""
    return f"uncommented:{issue}"


def _confirm(effect: Confirm, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is not None and task.state is State.QUEUED:
        snapshot = replace(task.snapshot, approved_by=effect.approved_by, approved_at=effect.at)
        ledger.tasks.update(task.id, now=now, snapshot=snapshot)


def _note_shown(effect: NoteShown, ledger: Ledger) -> None:
    """Labels that the ledger knows already are newer than those of the listing that was read."""
    if ledger.memory.recall(label_key(effect.issue)) is None:
        ledger.memory.remember(label_key(effect.issue), " ".join(sorted(effect.state_labels)))
    if effect.without_comments:
        ledger.memory.remember(uncommented_key(effect.issue), "yes")


def _prioritize(effect: Prioritize, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is not None:
        ledger.tasks.update(task.id, now=now, priority=effect.priority)


def _enqueue(effect: Enqueue, ledger: Ledger, now: datetime) -> None:
    known = ledger.tasks.find(effect.issue)
    if known is not None and (known.state is State.RUNNING or known.attempts != effect.after_attempts):
        _log.info("%s is running or has run: not queued again", effect.issue)  # another process was faster
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
    if known is not None:
        waits_where_it_came_in(ledger, task.id)
    settle(ledger, effect.issue, False, now)


def _move(effect: Move, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is None:
        return
    source = effect.source
    if effect.target is State.CANCELLED and task.state in ACTIVE | {State.FAILED}:
        source = task.state  # its attempt may have ended and been queued again: that has to stop too
    moved = ledger.tasks.move(task.id, source, effect.target, now=now, failure=effect.failure, detail=effect.detail)
    if moved and effect.withdrawn:
        ledger.tasks.update(task.id, now=now, snapshot=replace(task.snapshot, approved_at=None))
    if moved:
        show_dependents(ledger, effect.issue, now)
    else:
        _log.info("%s is no longer %s: not moved to %s", effect.issue, effect.source, effect.target)


def _reply(effect: Reply, ledger: Ledger, now: datetime) -> None:
    """The key is recorded, so that the same request is answered once, however often it arrives."""
    if ledger.memory.recall(f"reply:{effect.key}") is not None:
        return
    ledger.memory.remember(f"reply:{effect.key}", str(effect.issue))
    payload = {"issue": str(effect.issue), "key": effect.key, "body": effect.body}
    ledger.outbox.post(f"reply:{effect.key}", kind="reply", payload=payload, now=now)


def _keep_order(effect: Note, ledger: Ledger) -> None:
    """Record the event, unless a later one of its kind is on record."""
    known = read_known(ledger, effect.issue)
    match effect:
        case NoteEdit():
            _keep(ledger, _edited(effect.issue), known.edited_at, effect.at)
        case NoteStop():
            _keep(ledger, _stopped(effect.issue), known.stopped_at, effect.at)
        case NoteCommand() if effect.comment > known.command:
            at = f" {effect.at.isoformat()}" if effect.cancels else ""
            ledger.memory.remember(_commanded(effect.issue), f"{effect.comment}{at}")


def _keep(ledger: Ledger, key: str, known: datetime | None, at: datetime) -> None:
    if known is None or known < at:
        ledger.memory.remember(key, at.isoformat())


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _edited(issue: IssueRef) -> str:
    return f"edited:{issue}"


def _stopped(issue: IssueRef) -> str:
    return f"stopped:{issue}"


def _commanded(issue: IssueRef) -> str:
    return f"commanded:{issue}"
