"""Keeps what people say to a session at work, by a comment or a button.

Words go through the ledger: the worker that runs the session need not be the one that reads the comment. What no
session has read when its attempt ends is answered.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.adapters.store import Ledger
from bot.core import messages
from bot.core.effects import NotePress, Speak
from bot.core.said import MOST, Said
from bot.core.tasks import State, Task


def note_press(effect: NotePress, ledger: Ledger) -> None:
    """What became of a press of a button, for the check run."""
    task = ledger.tasks.find(effect.issue)
    if task is not None:
        live = ledger.live_attempts.of(task.id)
        ledger.live_attempts.keep(task.id, replace(live, pressed=effect.text, pressed_at=effect.attempt))


def perform_speak(effect: Speak, ledger: Ledger, now: datetime) -> None:
    """For the attempt that runs now, or the next one; if no session will read it any more, the answer says so."""
    task = ledger.tasks.find(effect.issue)
    if task is None or not task.hears:
        _answer(ledger, effect.said, messages.nothing_at_work(task), now)
    elif ledger.said.count(task.id, task.hearing_attempt) >= MOST:
        _answer(ledger, effect.said, messages.said_too_often(MOST), now)
    else:
        ledger.said.add(task.id, task.hearing_attempt, effect.said)


def end_speaking(ledger: Ledger, task: Task, now: datetime) -> None:
    """The attempt of `task` has ended, in the state that the ledger holds now: the next attempt reads what was said, or
    each message that no session read is answered."""
    ended = ledger.tasks.by_id(task.id)
    if ended is None:
        return
    if ended.state is State.QUEUED:
        ledger.said.pass_on(task.id, task.attempts)
        return
    for said in ledger.said.waiting(task.id, task.attempts):
        _answer(ledger, said, messages.not_read(ended), now)


def answer_unread(ledger: Ledger, task: Task, now: datetime) -> None:
    """`task` is cancelled. If it waited, no attempt begins to read what was said; one at work answers itself."""
    cancelled = ledger.tasks.by_id(task.id)
    if cancelled is None or task.state is not State.QUEUED:
        return
    for said in ledger.said.take(task.id, task.hearing_attempt):
        _answer(ledger, said, messages.not_read(cancelled), now)


def _answer(ledger: Ledger, said: Said, text: str, now: datetime) -> None:
    """Once for each key."""
    if ledger.replies.keep(said.item, said.place, now):
        payload = {"issue": said.place, "key": said.item, "body": text}
        ledger.outbox.post(f"reply:{said.item}", kind="reply", payload=payload, now=now)
