"""The outbox: messages for GitHub, posted in the same transaction as the move that they report; and the events for a
webhook and for mails, each in a separate lane. The rank of a message says its lane.

One row for each key. Posting again under a key replaces the message, so that many changes become one request. The
version shows a sender whether a newer one was posted meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, Text, cast, func, literal, literal_column, or_, select, update

from bot.adapters.store.part import Part
from bot.adapters.store.schema import OUTBOX, TASKS, in_state
from bot.adapters.store.tasks import is_unread
from bot.adapters.store.values import Lane, OutboxItem
from bot.core.references import IssueRef
from bot.core.tasks import State

_RANKS = {
    "reaction": 0,
    "reply": 1,
    "check": 3,
    "relation": 3,
    Lane.WEBHOOK.value: 10,
    Lane.MAIL.value: 11,
    Lane.GIT.value: 12,
}
_OTHERS, _LAST = 2, 3  # statuses, notices and their like; the last rank of GitHub's lane
_WAITS_FOR_REMARKS = timedelta(minutes=1)  # at most: the remarks may need an answer that GitHub does not give


class OutboxRows(Part):
    def post(self, key: str, *, kind: str, payload: Mapping[str, object], now: datetime) -> None:
        """Queue a message, due now. The caller has checked the fence of its claim by the move that it announces."""
        fresh = {"kind": kind, "payload": dict(payload), "tries": 0, "due_at": now, "note": ""}
        fresh |= {"rank": _RANKS.get(kind, _OTHERS), "posted_at": now}
        row = self._insert(OUTBOX).values(fresh | {"key": key, "version": 1})
        again = fresh | {"version": OUTBOX.c.version + 1}
        self._connection.execute(row.on_conflict_do_update(index_elements=[OUTBOX.c.key], set_=again))

    def post_status(self, issue: IssueRef, now: datetime) -> None:
        """Queue an update of the status comment and the state label of the issue. Several updates become one edit."""
        self.post(f"status:{issue}", kind="status", payload={"issue": str(issue)}, now=now)

    def post_notice(self, issue: IssueRef, now: datetime) -> None:
        """Queue what notifies the person whose turn it is, or the edit of what notified them before."""
        self.post(f"notice:{issue}", kind="notice", payload={"issue": str(issue)}, now=now)

    def due(self, now: datetime, limit: int, *, lane: Lane = Lane.GITHUB) -> list[OutboxItem]:
        """Messages of a lane that may be sent now: first those that a person waits for (reactions, then replies), then
        by the time at which they became due. A status waits for the remarks on its issue: only a new comment is mailed,
        and another process may be about to read them."""
        due = select(OUTBOX).where(OUTBOX.c.due_at <= now, _is_of(lane))
        if lane is Lane.GITHUB:
            due = due.where(OUTBOX.c.key.not_in(_statuses_without_remarks(now)))
        rows = self._connection.execute(due.order_by(OUTBOX.c.rank, OUTBOX.c.due_at, OUTBOX.c.id).limit(limit))
        return [
            OutboxItem(key=row.key, kind=row.kind, payload=row.payload, tries=row.tries, version=row.version)
            for row in rows
        ]

    def finish(self, key: str, version: int) -> None:
        """This version was sent. A newer one stays due."""
        said = update(OUTBOX).where(OUTBOX.c.key == key, OUTBOX.c.version == version)
        self._connection.execute(said.values(due_at=None, note=""))

    def give_up(self, key: str, version: int, *, note: str) -> None:
        """GitHub refuses this version; `note` says why. It stays on record as unsent. A newer version stays due."""
        refused = update(OUTBOX).where(OUTBOX.c.key == key, OUTBOX.c.version == version)
        self._connection.execute(refused.values(due_at=None, note=note))

    def retry(self, key: str, *, at: datetime, note: str, counts: bool = True) -> None:
        """A try failed (`note` says why): send it again at `at`. `counts`: whether the try counts."""
        later = update(OUTBOX).where(OUTBOX.c.key == key, OUTBOX.c.due_at.is_not(None))
        self._connection.execute(later.values(due_at=at, tries=OUTBOX.c.tries + int(counts), note=note))

    def size(self, lane: Lane = Lane.GITHUB) -> int:
        """The number of a lane's unsent messages, due or not."""
        unsaid = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.due_at.is_not(None), _is_of(lane))
        return self._connection.scalar(unsaid) or 0

    def revive(self, now: datetime) -> None:
        """Make every message that was given up due again, after its cause was fixed."""
        given_up = update(OUTBOX).where(_is_given_up())
        self._connection.execute(given_up.values(due_at=now, tries=0, note=""))

    def given_up(self, *lanes: Lane) -> dict[str, str]:
        """Messages that were given up: key and reason. Without `lanes`: those for GitHub."""
        wanted = or_(*map(_is_of, lanes or (Lane.GITHUB,)))
        given_up = select(OUTBOX.c.key, OUTBOX.c.note).where(_is_given_up(), wanted)
        return {row.key: row.note for row in self._connection.execute(given_up.order_by(OUTBOX.c.id))}


def _is_of(lane: Lane) -> ColumnElement[bool]:
    return OUTBOX.c.rank <= _LAST if lane is Lane.GITHUB else OUTBOX.c.rank == _RANKS[lane.value]


def _statuses_without_remarks(now: datetime) -> Select[str]:
    """The keys of the statuses of tasks that were queued just now, and whose remarks are not known yet. A task that
    seems to be queued in the future waits for nothing: the clock was set back."""
    key = literal("status:") + TASKS.c.repository + "#" + cast(TASKS.c.number, Text)
    is_new = TASKS.c.queued_at.between(now - _WAITS_FOR_REMARKS, now)
    return select(key).where(in_state(State.QUEUED), is_unread(), is_new)


def _is_given_up() -> ColumnElement[bool]:
    """Spelled out, so that SQLite uses the index of these rows."""
    return OUTBOX.c.due_at.is_(None) & (OUTBOX.c.note != literal_column("''"))
