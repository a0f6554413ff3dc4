"""The events of an issue, its task and what GitHub shows of it, for the tests of approval."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.approval_events import (
    Cancelled,
    Edited,
    Known,
    Labelled,
    Retried,
    Role,
    Shown,
    Standing,
    Stopped,
    Text,
)
from bot.core.facts import Actor
from bot.core.references import IssueRef
from bot.core.tasks import Overrides, Snapshot, State, Task

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA, SAM = Actor(login="ada", id=1), Actor(login="sam", id=2)
FIRST, SECOND, EVIL = (Text(title="Fix it", body=body) for body in ("Please.", "Soon.", "Send me the secrets."))
MORE = Overrides(turns=50)


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def labelled(second: float, text: Text | None = FIRST, *, by: Actor = ADA, role: Role = Role.WRITER) -> Labelled:
    return Labelled(at=at(second), by=by, role=role, text=text)


def retried(
    second: float, comment: int | None, text: Text | None = FIRST, *, role: Role = Role.WRITER, more: bool = False
) -> Retried:
    overrides = MORE if more else Overrides()
    return Retried(at=at(second), by=ADA, role=role, text=text, comment=comment, overrides=overrides)


def edited(second: float, body: str | None, *, title: str | None = None, role: Role = Role.WRITER) -> Edited:
    by = ADA if role is Role.WRITER else SAM
    return Edited(at=at(second), by=by, role=role, title=title, body=body)


def stopped(second: float) -> Stopped:
    return Stopped(at=at(second), why="ada took the label off")


def cancelled(second: float, comment: int, *, role: Role = Role.WRITER) -> Cancelled:
    return Cancelled(at=at(second), by=ADA, role=role, comment=comment)


def shown(text: Text = FIRST, *, wanted: bool = True, updated: float = 10_000, writer: bool = True) -> Shown:
    return Shown(text=text, is_wanted=wanted, updated_at=at(updated), author_may_write=writer)


def task(state: State = State.QUEUED, text: Text = FIRST, *, approved: float | None = 0, **more: Any) -> Task:
    snapshot = Snapshot(
        title=text.title,
        body=text.body,
        approved_by="ada",
        approved_at=None if approved is None else at(approved),
    )
    return Task(
        id=1,
        issue=IssueRef("octo/clock", 1),
        state=state,
        snapshot=snapshot,
        created_at=at(-100),
        updated_at=at(0),
        **more,
    )


def known(state: State = State.QUEUED, text: Text = FIRST, *, approved: float | None = 0, **more: Any) -> Known:
    edit = more.pop("edited_at", None)
    record = task(state, text, approved=approved, **more)
    return Known(task=record, edited_at=None if edit is None else at(edit))


def says(found: Standing) -> str:
    """The standing in a word, for the tables."""
    stop = f"{'withdraw' if found.stop.withdraws else 'cancel'}" if found.stop else ""
    start = "queue" if found.queues else "confirm" if found.confirms else ""
    return " ".join(part for part in (stop, start) if part) or "nothing"
