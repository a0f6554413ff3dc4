"""Reads how a night stands, when its worker found nothing to do."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.adapters.store import Lane, Store
from bot.core.night import NightStanding
from bot.core.tasks import State

_SOON = timedelta(minutes=5)  # a message that GitHub did not take is waited for: its folder may not outlive the night


def read_night_standing(store: Store, now: datetime, *, passes: int, all_read: bool, claims: bool) -> NightStanding:
    with store.read() as ledger:
        unsent = bool(ledger.outbox.due(now + _SOON, 1))
        return NightStanding(
            passes=passes,
            all_read=all_read,
            claims=claims,
            running=len(ledger.tasks.in_states(State.RUNNING)),
            unread=ledger.deliveries.next(now) is not None,
            unsent=unsent or any(ledger.outbox.due(now, 1, lane=lane) for lane in Lane if lane is not Lane.GITHUB),
        )
