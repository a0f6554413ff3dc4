"""Deliveries: each webhook is kept once, under GitHub's GUID for it, until its work is done."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, Select, select, update

from bot.adapters.store.part import Part, insert_into
from bot.adapters.store.schema import DELIVERIES
from bot.adapters.store.values import Delivery


class Deliveries(Part):
    def record(self, *, guid: str, event: str, payload: bytes, now: datetime) -> bool:
        """Keep a webhook. False if it is known: GitHub redelivers with the same GUID."""
        row = {"guid": guid, "event": event, "payload": payload, "due_at": now, "tries": 0, "note": ""}
        return bool(self._connection.execute(_keep(self._connection.dialect.name), row).all())

    def is_due(self, now: datetime) -> bool:
        """Whether there is a `next` one; its payload, which may be large, is not read."""
        return self._connection.scalar(_first(select(DELIVERIES.c.id), now)) is not None

    def next(self, now: datetime) -> Delivery | None:
        """The oldest one that is not done and not postponed beyond `now`."""
        row = self._connection.execute(_first(select(DELIVERIES), now)).one_or_none()
        return None if row is None else _of_row(row)

    def select_due(self, now: datetime, most: int) -> list[str]:
        """The GUIDs of the oldest ones that are due."""
        return list(self._connection.execute(_first(select(DELIVERIES.c.guid), now, most)).scalars())

    def find_due(self, guid: str, now: datetime) -> Delivery | None:
        """This one, unless it is done or postponed."""
        row = self._connection.execute(_first(select(DELIVERIES).where(DELIVERIES.c.guid == guid), now)).one_or_none()
        return None if row is None else _of_row(row)

    def finish(self, guid: str, *, now: datetime, note: str = "") -> bool:
        """Its work is done; False if it was before. The GUID stays, so that a redelivery is known; the payload goes, it
        may be large."""
        done = update(DELIVERIES).where(DELIVERIES.c.guid == guid, DELIVERIES.c.done_at.is_(None))
        return self._connection.execute(done.values(done_at=now, note=note, payload=b"")).rowcount == 1

    def select_known(self, guids: Collection[str]) -> frozenset[str]:
        """Which of these are kept, done or not."""
        found = select(DELIVERIES.c.guid).where(DELIVERIES.c.guid.in_(list(guids)))
        return frozenset(self._connection.execute(found).scalars())

    def find_done(self, at: datetime) -> str | None:
        """The GUID of the one whose work was done at exactly this moment."""
        done = select(DELIVERIES.c.guid).where(DELIVERIES.c.done_at == at).order_by(DELIVERIES.c.id).limit(1)
        return self._connection.scalar(done)

    def postpone(self, guid: str, *, until: datetime, note: str, counts: bool = True) -> None:
        """Its work could not be done now (`note` says why): try it again then. `counts`: whether that was a try."""
        later = update(DELIVERIES).where(DELIVERIES.c.guid == guid, DELIVERIES.c.done_at.is_(None))
        self._connection.execute(later.values(due_at=until, tries=DELIVERIES.c.tries + int(counts), note=note))


@cache
def _keep(database: str) -> Executable:
    """Built once: the web server takes longer to build it than to run it."""
    row = insert_into(DELIVERIES, database).on_conflict_do_nothing(index_elements=[DELIVERIES.c.guid])
    return row.returning(DELIVERIES.c.id)


def _of_row(row: Row[Any]) -> Delivery:
    return Delivery(guid=row.guid, event=row.event, payload=row.payload, tries=row.tries)


def _first(wanted: Select[Any], now: datetime, most: int = 1) -> Select[Any]:
    due = wanted.where(DELIVERIES.c.done_at.is_(None), DELIVERIES.c.due_at <= now)
    return due.order_by(DELIVERIES.c.id).limit(most)
