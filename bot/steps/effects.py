"""Performs effects: tasks move, and messages for GitHub go into the outbox, in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core.approval_events import Known
from bot.core.effects import (
    Accept,
    Acknowledge,
    AcknowledgeLine,
    Confirm,
    Effect,
    Enqueue,
    Move,
    NoteAnswered,
    NoteCommand,
    NoteEdit,
    NotePress,
    NoteRepaired,
    NoteReplied,
    NoteShown,
    NoteStacked,
    NoteStop,
    Prioritize,
    QueueRepair,
    QueueRevision,
    ReplaceBlockers,
    Reply,
    Settle,
    ShowStatus,
    Speak,
)
from bot.core.references import IssueRef
from bot.core.revision import Revision
from bot.core.stacking import BlockerState
from bot.core.tasks import ACTIVE, EventKind, Lint, State, Task, may_move, met_blockers
from bot.steps.dependents import (
    change_blockers,
    hold_side_by_side,
    resume_from_cycle,
    settle,
    settle_merged_with,
    show_dependents,
)
from bot.steps.event_order import keep_order
from bot.steps.open_pulls import tend_pull_requests
from bot.steps.queue import waits_where_it_came_in
from bot.steps.speaking import answer_unread, note_press, perform_speak
from bot.steps.start_repair import note_repaired, start_repair

_log = logging.getLogger(__name__)


def perform(effects: Sequence[Effect], ledger: Ledger, now: datetime) -> None:
    """Perform every effect in the transaction that `ledger` is."""
    for effect in effects:
        _perform(effect, ledger, now)
    if any(isinstance(each, Enqueue | Move | Settle | ReplaceBlockers) for each in effects):
        for task in ledger.tasks.in_cycles():
            resume_from_cycle(ledger, task, now)


def _perform(effect: Effect, ledger: Ledger, now: datetime) -> None:
    match effect:
        case Enqueue():
            _enqueue(effect, ledger, now)
        case Move():
            _move(effect, ledger, now)
        case Confirm() | Accept():
            _approve_again(effect, ledger, now)
        case NoteEdit() | NoteStop() | NoteCommand():
            keep_order(effect, ledger)
        case Prioritize():
            _prioritize(effect, ledger, now)
        case NoteShown():
            _note_shown(effect, ledger)
        case Settle() | ReplaceBlockers():
            change_blockers(effect, ledger, now)
        case Acknowledge() | AcknowledgeLine() | NoteAnswered():
            _acknowledge(effect, ledger, now)
        case QueueRevision() | QueueRepair() | NoteRepaired() | NoteStacked():
            _change_pull_request(effect, ledger, now)
        case Reply() | NotePress() | Speak() | NoteReplied():
            _answer(effect, ledger, now)
        case ShowStatus():
            ledger.outbox.post_status(effect.issue, now)


def read_known(ledger: Ledger, issue: IssueRef) -> Known:
    """The task of the issue, and the events on it that were followed."""
    latest = ledger.issue_order.latest(issue)
    return Known(
        task=ledger.tasks.find(issue),
        edited_at=latest.edited_at,
        stopped_at=latest.stopped_at,
        command=latest.command,
        cancelled_at=latest.cancelled_at,
    )


def _approve_again(effect: Confirm | Accept, ledger: Ledger, now: datetime) -> None:
    if isinstance(effect, Accept):
        _accept(effect, ledger, now)
    else:
        _confirm(effect, ledger, now)


def _confirm(effect: Confirm, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is not None and task.state is State.QUEUED:
        snapshot = replace(task.snapshot, approved_by=effect.approved_by, approved_at=effect.at)
        ledger.tasks.update(task.id, now=now, snapshot=snapshot)
        _note(ledger, task, EventKind.APPROVED, now, actor=effect.approved_by)


def _accept(effect: Accept, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is not None and task.lint in {Lint.UNREAD, Lint.SAID, Lint.WAITS}:
        ledger.tasks.update(task.id, now=now, lint=Lint.ACCEPTED)
        _note(ledger, task, EventKind.APPROVED, now, actor=effect.by, why="/go")


def _note_shown(effect: NoteShown, ledger: Ledger) -> None:
    """Labels that the ledger knows already are newer than those of the listing that was read."""
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
        _log.info("%s is running or has run: not queued again", effect.issue)  # another process queued it first
        return
    task = ledger.tasks.enqueue(
        effect.issue,
        snapshot=effect.snapshot,
        blockers=effect.blockers,
        priority=effect.priority,
        overrides=effect.overrides,
        lint=effect.lint,
        now=now,
    )
    if len(effect.blockers) > 1:
        ledger.stacks.keep_apart(task.id, None)  # a person asks for another try
        hold_side_by_side(ledger, effect.issue, now)
    if known is not None and known.state is not State.QUEUED:
        ledger.revisions.forget(task.id)
    ledger.repairs.forget(task.id)
    if effect.failure is not None:
        ledger.tasks.move(task.id, State.QUEUED, State.FAILED, now=now, failure=effect.failure, detail=effect.detail)
    for blocker in effect.mirrored:
        payload = {"issue": str(effect.issue), "blocker": str(blocker)}
        ledger.outbox.post(f"relation:{effect.issue}:{blocker}", kind="relation", payload=payload, now=now)
    if known is not None:
        waits_where_it_came_in(ledger, task.id)
    if ledger.blockers.is_named(effect.issue):
        settle(ledger, effect.issue, BlockerState.OPEN, now)


def _acknowledge(effect: Acknowledge | AcknowledgeLine | NoteAnswered, ledger: Ledger, now: datetime) -> None:
    if isinstance(effect, AcknowledgeLine):
        payload = {"issue": str(effect.pull), "line_comment": effect.comment}
        ledger.outbox.post(f"reaction:line:{effect.comment}", kind="reaction", payload=payload, now=now)
        return
    ledger.commands_seen.keep(effect.comment, effect.issue.repository, now)
    if isinstance(effect, NoteAnswered):
        return
    payload = {"issue": str(effect.issue), "comment": effect.comment}
    ledger.outbox.post(f"reaction:{effect.comment}", kind="reaction", payload=payload, now=now)


def _change_pull_request(
    effect: QueueRevision | QueueRepair | NoteRepaired | NoteStacked, ledger: Ledger, now: datetime
) -> None:
    match effect:
        case NoteStacked():
            ledger.native_stacks.forget_lacking(effect.repository)
        case QueueRevision():
            _revise(effect, ledger, now)
        case QueueRepair() if start_repair(effect, ledger, now):
            settle(ledger, effect.issue, BlockerState.OPEN, now)
        case NoteRepaired():
            note_repaired(effect, ledger)


def _revise(effect: QueueRevision, ledger: Ledger, now: datetime) -> None:
    """Whatever asks for a revision asks once; what else is asked for until it begins is part of it."""
    task = ledger.tasks.find(effect.issue)
    if task is None or not ledger.review_items.note(effect.issue.repository, effect.item, task.id):
        return
    if not _may_be_revised(ledger, task):
        _log.info("%s is %s: not queued for a revision", effect.issue, task.state)
        return
    ledger.repairs.forget(task.id)
    ledger.tasks.enqueue(
        effect.issue,
        snapshot=replace(task.snapshot, approved_at=effect.at),
        blockers=met_blockers(task),
        priority=task.priority,
        overrides=effect.overrides.with_allowed(task.overrides),
        lint=task.lint,
        now=now,
        why=f"{effect.by} asked for a revision",
    )
    ledger.revisions.keep(task.id, Revision(pull_request=effect.pull_request, by=effect.by, at=effect.at))
    waits_where_it_came_in(ledger, task.id)
    settle(ledger, effect.issue, BlockerState.OPEN, now)


def _may_be_revised(ledger: Ledger, task: Task) -> bool:
    """What a person asks for replaces a repair that waits: its checks are looked at again afterwards."""
    if task.state is State.QUEUED:
        waiting = ledger.revisions.of(task.id)
        return waiting is not None and waiting.is_repair
    return may_move(task.state, State.QUEUED)


def _is_edited(ledger: Ledger, task_id: int, merged: str) -> bool:
    """Whether the last commit that was merged is none that the bot pushed, nor one that GitHub made of these."""
    own = ledger.pushes.own_heads(task_id)
    return bool(merged and own) and merged not in {*own, ledger.native_stacks.read_adopted(task_id)}


def _move(effect: Move, ledger: Ledger, now: datetime) -> None:
    task = ledger.tasks.find(effect.issue)
    if task is None:
        return
    source = effect.source
    if effect.target is State.CANCELLED and task.state in ACTIVE | {State.FAILED}:
        source = task.state  # the attempt may have ended meanwhile and be queued again: that is cancelled too
    moved = ledger.tasks.move(
        task.id,
        source,
        effect.target,
        now=now,
        failure=effect.failure,
        detail=effect.detail,
        actor=effect.actor,
        why=effect.detail,
        merged_into=effect.merged_into,
        edited=_is_edited(ledger, task.id, effect.head),
    )
    if moved and effect.target is State.CANCELLED:
        ledger.revisions.forget(task.id)
        answer_unread(ledger, task, now)
    if moved and effect.target in {State.DONE, State.CLOSED}:
        ledger.kept_work.forget(effect.issue)
    if moved and effect.withdrawn:
        ledger.tasks.update(task.id, now=now, snapshot=replace(task.snapshot, approved_at=None))
    if moved:
        tend_pull_requests(ledger, task, effect.target, now)
        show_dependents(ledger, effect.issue, now)
        if effect.target is State.DONE and effect.merged_into is None:
            settle_merged_with(ledger, effect.issue, now)
    else:
        _log.info("%s is no longer %s: not moved to %s", effect.issue, effect.source, effect.target)


def _reply(effect: Reply, ledger: Ledger, now: datetime) -> None:
    """The key is recorded, so that the same request is answered once, however often it arrives."""
    if not ledger.replies.keep(effect.key, str(effect.issue), now):
        return
    payload = {"issue": str(effect.issue), "key": effect.key, "body": effect.body}
    if effect.status_of is not None:
        payload["status_of"] = str(effect.status_of)
    ledger.outbox.post(f"reply:{effect.key}", kind="reply", payload=payload, now=now)


def _answer(effect: Reply | NotePress | Speak | NoteReplied, ledger: Ledger, now: datetime) -> None:
    match effect:
        case Reply():
            _reply(effect, ledger, now)
        case NotePress():
            note_press(effect, ledger)
        case NoteReplied():
            task = ledger.tasks.find(effect.issue)
            if task is not None and task.attempts == effect.attempt:
                ledger.notices.note_answered(task)
        case Speak():
            perform_speak(effect, ledger, now)
